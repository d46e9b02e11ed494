// Text to a stream, no faster than its reader takes it.
import type { Writable } from 'node:stream';

export interface TextOutput {
  /** Resolves once there is room for more. Nothing that is written after that may be put in front of it. */
  write(text: string): Promise<void>;
}

/** Pieces are short next to the buffer of a stream, so most of them do not wait. */
export function streamOutput(stream: Writable): TextOutput {
  return {
    write(text) {
      if (text === '' || stream.write(text)) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          stream.off('drain', done).off('close', done);
          resolve();
        };
        stream.on('drain', done).on('close', done);
      });
    },
  };
}

// A question on the terminal whose answer is not shown.

/** What is used of the process. */
export interface PromptTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WritableStream;
}

const ENTER = /[\r\n]/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACE = /[\b\u007f]/;

/** Null when Ctrl-C or Ctrl-D is the answer, or the terminal goes away. Nobody else may be reading from it meanwhile. */
export function askHidden(label: string, { stdin, stdout }: PromptTerminal): Promise<string | null> {
  stdout.write(label);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    let typed = '';
    const finish = (answer: string | null): void => {
      stdin.off('data', onData).off('end', onEnd).pause();
      stdin.setRawMode(false);
      stdout.write('\n');
      resolve(answer);
    };
    const onEnd = (): void => finish(null);
    const onData = (text: string): void => {
      for (const character of text) {
        if (ENTER.test(character)) return finish(typed);
        if (character === CTRL_C || (character === CTRL_D && typed === '')) return finish(null);
        if (character === CTRL_U) typed = '';
        else if (BACKSPACE.test(character)) typed = Array.from(typed).slice(0, -1).join('');
        else typed += character;
      }
    };
    stdin.on('data', onData).on('end', onEnd).resume();
  });
}

// The real file operations, with a watcher before each: it may note it, fail it, or cut a write or read short.
import { type Files, type OpenFile, nodeFiles } from '../files.ts';

export type FileOperation = keyof Files | `file.${'write' | 'read' | 'sync' | 'close' | 'sizeBytes'}`;

/** Throws to make the operation fail; returns a number to let a write or a read take at most so many bytes. */
export type Watcher = (operation: FileOperation, path: string, to?: string) => number | undefined;

export function watchedFiles(watch: Watcher, files: Files = nodeFiles): Files {
  const before = async (...call: Parameters<Watcher>) => watch(...call);
  return {
    createNew: (path) => before('createNew', path).then(async () => watchedFile(await files.createNew(path), path)),
    openRead: (path) => before('openRead', path).then(async () => watchedFile(await files.openRead(path), path)),
    info: (path) => before('info', path).then(() => files.info(path)),
    entries: (path) => before('entries', path).then(() => files.entries(path)),
    link: (from, to) => before('link', from, to).then(() => files.link(from, to)),
    unlink: (path) => before('unlink', path).then(() => files.unlink(path)),
    makeDir: (path) => before('makeDir', path).then(() => files.makeDir(path)),
    removeDir: (path) => before('removeDir', path).then(() => files.removeDir(path)),
    syncDir: (path) => before('syncDir', path).then(() => files.syncDir(path)),
  };

  function watchedFile(file: OpenFile, path: string): OpenFile {
    return {
      async write(bytes) {
        const most = await before('file.write', path);
        return file.write(most === undefined ? bytes : bytes.subarray(0, most));
      },
      async read(into, position) {
        const most = await before('file.read', path);
        return file.read(most === undefined ? into : into.subarray(0, most), position);
      },
      sizeBytes: () => before('file.sizeBytes', path).then(() => file.sizeBytes()),
      sync: () => before('file.sync', path).then(() => file.sync()),
      // A close that reports an error has closed nevertheless, as close(2) does.
      close: () =>
        file.close().then(async () => {
          await before('file.close', path);
        }),
    };
  }
}

/** What the kernel would report. */
export function errnoError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

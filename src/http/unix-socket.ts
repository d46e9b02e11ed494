// Listening on a socket in the file system, for clients of the same machine.
import { chmod, chown, lstat, mkdir, readFile, unlink } from 'node:fs/promises';
import { type Server, connect } from 'node:net';
import { dirname } from 'node:path';
import { WeirError, messageOf } from '../base/index.ts';

export interface UnixSocketSettings {
  readonly path: string;
  /** Octal, as `0777`. */
  readonly permissions: string;
  /** Name or number; empty = that of the process. */
  readonly group: string;
}

/**
 * Takes the place of a socket that nobody listens on any more; the server removes it when it closes. Rejects with `invalid` for
 * settings that make no sense and `unavailable` when another program listens there or the path cannot be used.
 */
export async function listenOnSocket(server: Server, settings: UnixSocketSettings): Promise<void> {
  const { path } = settings;
  const mode = modeOf(settings.permissions);
  const group = settings.group === '' ? null : await groupId(settings.group);
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeStale(path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    await chmod(path, mode);
    if (group !== null) await chown(path, -1, group);
  } catch (error) {
    throw new WeirError('unavailable', `http.bind-socket: cannot listen on ${path}: ${messageOf(error)}`, error);
  }
}

function modeOf(permissions: string): number {
  if (/^[0-7]{3,4}$/.test(permissions)) return Number.parseInt(permissions, 8);
  const expected = 'expected an octal mode such as 0777';
  throw new WeirError('invalid', `http.unix-socket-permissions: ${expected}, found "${permissions}"`);
}

/** Node has no way to look a group up but the file. */
async function groupId(group: string): Promise<number> {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  const lines = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n');
  const line = lines.map((text) => text.split(':')).find(([name]) => name === group);
  if (line === undefined) throw new WeirError('invalid', `http.unix-socket-group: there is no group "${group}"`);
  return Number(line[2]);
}

async function removeStale(path: string): Promise<void> {
  const there = await lstat(path).catch(() => null);
  if (there === null) return;
  if (!there.isSocket()) throw new Error('there is a file of that name that is no socket');
  if (await isLive(path)) throw new Error('another program listens there');
  await unlink(path);
}

function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(true);
    });
    // Without a listener the connection is refused; one that may not be looked at is somebody's.
    socket.on('error', (error) => resolve(!('code' in error) || error.code !== 'ECONNREFUSED'));
  });
}

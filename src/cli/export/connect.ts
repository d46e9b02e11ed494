// The server that an export or import talks to.
import { WeirError, messageOf } from '../../base/index.ts';
import type { CommandIo } from '../command-io.ts';
import { InfluxClient } from '../influx/influx-client.ts';
import { type ServerAddress, parseServerAddress } from '../influx/server-address.ts';
import { readVersion } from '../version.ts';

/** As commander names them. */
export interface ConnectionFlags {
  /** `http://localhost:8086` */
  readonly host: string;
  readonly username?: string;
  readonly password?: string;
  readonly unsafeSsl?: true;
}

/** Rejects with `unavailable` when nothing answers there. */
export async function connectTo(flags: ConnectionFlags, io: CommandIo): Promise<InfluxClient> {
  const { environment } = io;
  const client = await InfluxClient.create({
    address: parseUrl(flags.host),
    socket: '',
    unsafeSsl: flags.unsafeSsl === true,
    username: flags.username ?? environment.INFLUX_USERNAME ?? '',
    password: flags.password ?? environment.INFLUX_PASSWORD ?? '',
    userAgent: `weir/${readVersion()}`,
    keepAlive: true,
    environment,
  });
  try {
    await client.ping();
    return client;
  } catch (error) {
    client.close();
    throw new WeirError('unavailable', `no connection to ${client.shownAddress}: ${messageOf(error)}`, error);
  }
}

/** `[http[s]://]host[:port][/path]` */
function parseUrl(text: string): ServerAddress {
  const [, scheme = 'http', rest] = /^(?:(https?):\/\/)?(.*)$/s.exec(text) ?? [];
  return parseServerAddress(rest, scheme === 'https');
}

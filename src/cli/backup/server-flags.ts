// The flags by which a command says which server it means.
import type { Command } from '../command-line.ts';
import { ServerClient } from './server-client.ts';

const DEFAULT_URL = 'http://127.0.0.1:8086';

/** As commander names them. */
export interface ServerFlags {
  readonly host?: string;
  readonly username?: string;
  readonly password?: string;
  readonly insecure?: true;
}

export function withServerFlags(command: Command): Command {
  return command
    .option('--host <url>', `the running server (${DEFAULT_URL})`)
    .option('--username <name>', 'an administrator; INFLUX_USERNAME names one as well')
    .option('--password <text>', 'better given by INFLUX_PASSWORD, as others on this machine can see flags')
    .option('--insecure', 'take any certificate of an https server');
}

export function clientOf(flags: ServerFlags, environment: Readonly<Record<string, string | undefined>>): ServerClient {
  return new ServerClient({
    url: flags.host ?? DEFAULT_URL,
    username: flags.username ?? environment.INFLUX_USERNAME,
    password: flags.password ?? environment.INFLUX_PASSWORD,
    insecure: flags.insecure === true,
  });
}

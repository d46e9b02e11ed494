// The command line of the shell, read as Go's `flag` package reads it: `-name value`, `-name=value`, one dash or two; the
// first word that is no flag ends them.
import { WeirError } from '../../base/index.ts';

export interface ShellFlags {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly pathPrefix: string;
  readonly username: string;
  readonly password: string;
  /** Whether the password was asked for by giving it without a value. */
  readonly askPassword: boolean;
  readonly database: string;
  readonly type: 'influxql' | 'flux';
  readonly ssl: boolean;
  readonly unsafeSsl: boolean;
  readonly format: string;
  readonly precision: string;
  readonly consistency: string;
  readonly pretty: boolean;
  readonly node: number;
  /** Empty = not given. */
  readonly execute: string;
  readonly version: boolean;
  readonly help: boolean;
  readonly import: boolean;
  readonly pps: number;
  readonly path: string;
  readonly compressed: boolean;
  /** What is left over. */
  readonly rest: readonly string[];
}

const TEXTS = {
  host: 'localhost',
  socket: '',
  'path-prefix': '',
  username: '',
  password: '',
  database: '',
  type: 'influxql',
  format: 'column',
  precision: 'ns',
  consistency: 'all',
  execute: '',
  path: '',
};
const NUMBERS = { port: 8086, pps: 0, node: 0 };
const SWITCHES = {
  ssl: false,
  unsafeSsl: false,
  pretty: false,
  version: false,
  import: false,
  compressed: false,
  help: false,
  h: false,
};

const TRUE = /^(?:1|t|T|TRUE|true|True)$/;
const FALSE = /^(?:0|f|F|FALSE|false|False)$/;

/** Throws `invalid` for flags that are unknown or of the wrong kind. */
export function parseFlags(args: readonly string[]): ShellFlags {
  const texts = { ...TEXTS };
  const numbers = { ...NUMBERS };
  const switches = { ...SWITCHES };
  let askPassword = false;
  let at = 0;
  for (; at < args.length && /^-./.test(args[at]); at++) {
    const word = args[at];
    if (word === '--') {
      at++;
      break;
    }
    const { name, value } = splitFlag(word);
    if (isKeyOf(switches, name)) {
      switches[name] = value === null || parseSwitch(name, value);
      continue;
    }
    if (!isKeyOf(texts, name) && !isKeyOf(numbers, name)) {
      throw new WeirError('invalid', `flag provided but not defined: -${name}`);
    }
    const given = value ?? args[++at];
    if (given === undefined) throw new WeirError('invalid', `flag needs an argument: -${name}`);
    if (isKeyOf(numbers, name)) numbers[name] = parseNumber(name, given);
    else texts[name] = given;
    askPassword ||= name === 'password' && given === '';
  }
  const { 'path-prefix': pathPrefix, type, ...plain } = texts;
  if (type !== 'influxql' && type !== 'flux') {
    const reason = `${JSON.stringify(type)} not supported: specify influxql or flux`;
    throw new WeirError('invalid', `invalid value ${JSON.stringify(type)} for flag -type: ${reason}`);
  }
  const { h, help, ...modes } = switches;
  return { ...plain, ...numbers, ...modes, help: h || help, pathPrefix, type, askPassword, rest: args.slice(at) };
}

function splitFlag(word: string): { readonly name: string; readonly value: string | null } {
  const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word);
  if (match === null) throw new WeirError('invalid', `bad flag syntax: ${word}`);
  return { name: match[1], value: match[2] ?? null };
}

function parseSwitch(name: string, value: string): boolean {
  if (TRUE.test(value)) return true;
  if (FALSE.test(value)) return false;
  throw new WeirError('invalid', `invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`);
}

function parseNumber(name: string, value: string): number {
  const number = Number(value);
  if (/^[+-]?\d+$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new WeirError('invalid', `invalid value ${JSON.stringify(value)} for flag -${name}: parse error`);
}

function isKeyOf<T extends object>(object: T, name: string): name is Extract<keyof T, string> {
  return Object.hasOwn(object, name);
}

export const USAGE = `Usage of influx:
  -host 'name'              host of the server (localhost)
  -port 'number'            port of the server (8086)
  -socket 'path'            unix domain socket of the server, in place of host and port
  -path-prefix 'path'       what follows host and port in the URL of a server behind a proxy
  -ssl                      connect by https
  -unsafeSsl                with -ssl: take any certificate
  -username 'name'          who connects; INFLUX_USERNAME names one as well
  -password 'password'      their password; -password '' asks for it; INFLUX_PASSWORD names one as well
  -database 'name'          database that queries and points are for
  -execute 'commands'       run the commands, one or more a line, and quit
  -type 'influxql|flux'     language of the queries (influxql)
  -format 'json|csv|column' how answers are shown (column)
  -pretty                   with -format json: spread over lines
  -precision 'rfc3339|h|m|s|ms|u|ns'
                            unit of timestamps, shown and inserted (ns)
  -consistency 'any|one|quorum|all'
                            write consistency (all)
  -import                   import a file that was exported as line protocol
  -path 'file'              with -import: the file
  -compressed               with -import: the file is gzipped
  -pps 'number'             with -import: at most so many points per second (0: no limit)
  -version                  show the version and quit

Without -execute and -import, commands are read from the terminal, or from standard input where that is none: statements with
semicolons between them or one after the other on lines of their own, and the shell's commands, each on its own line.

Examples:

    $ influx -database metrics -execute 'select * from cpu' -format json -pretty
    $ influx -database metrics -precision rfc3339
    $ influx < setup.influxql
`;

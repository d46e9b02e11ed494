// What to measure, from the command line.
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { type DataSet, START_SECONDS } from './tsbs/generate.ts';
import type { PeerName } from './peers/peer.ts';

export const PHASES = ['ingest', 'clients', 'queries', 'restart', 'growth', 'ladder'] as const;
export type Phase = (typeof PHASES)[number];

const PEERS: readonly PeerName[] = ['weir', 'influxdb', 'victoria-metrics', 'duckdb'];

export interface Settings {
  readonly data: DataSet;
  readonly quick: boolean;
  readonly phases: ReadonlySet<Phase>;
  readonly peers: ReadonlySet<PeerName>;
  /** Only classes whose names match. */
  readonly classes: RegExp;
  /** Timed runs of each query class and system. */
  readonly samples: number;
  /** Beyond this time a class gets no more samples, once it has a few. */
  readonly classSeconds: number;
  /** Rows that 100 clients write, and that are in the log when a server is killed. */
  readonly sideRows: number;
  readonly seriesCounts: readonly number[];
  readonly writeDocs: boolean;
  /** Where the temporary directory is made. */
  readonly parentDir: string;
  readonly profileDir: string | undefined;
}

export const USAGE = `node bench/main.ts [flags] [phases]
  --hosts N          hosts of the data set (400)
  --steps N          rows a host, ten seconds apart (8640: a day)
  --rows N           no more rows than this: fewer steps
  --seed N           of data and queries (1)
  --quick            a tiny data set and few repetitions, in about a minute
  --only A,B         phases, which may also stand by themselves, out of ${PHASES.join(', ')}
  --peers A,B        systems out of ${PEERS.join(', ')}
  --classes REGEX    query classes
  --samples N        timed runs of each query class, if time allows (100)
  --dir DIR          make the temporary directory there, on the disk to measure
  --profile DIR      CPU profiles of Weir's processes go there
  --write-docs       write docs/benchmarks.md
`;

/** Throws an error that says what is wrong with the flags. undefined: help was asked for. */
export function readSettings(flags: readonly string[]): Settings | undefined {
  const { values, positionals } = parseArgs({
    args: [...flags],
    allowPositionals: true,
    options: {
      hosts: { type: 'string' },
      steps: { type: 'string' },
      rows: { type: 'string' },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      peers: { type: 'string', default: PEERS.join(',') },
      classes: { type: 'string', default: '' },
      samples: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
      profile: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const hosts = toCount('hosts', values.hosts ?? (quick ? '40' : '400'));
  const wantedSteps = toCount('steps', values.steps ?? (quick ? '360' : '8640'));
  const maxRows = values.rows === undefined ? Infinity : toCount('rows', values.rows);
  const steps = Math.max(1, Math.min(wantedSteps, Math.floor(maxRows / hosts)));
  const phases = toSet(
    'only',
    [values.only ?? '', ...positionals].join(',').replace(/^,/, '') || PHASES.join(','),
    PHASES,
  );
  if (values['write-docs'] && (quick || phases.size < PHASES.length)) {
    throw new Error('--write-docs wants a whole run, without --quick and --only');
  }
  return {
    data: { hosts, steps, stepSeconds: 10, startSeconds: START_SECONDS, seed: toCount('seed', values.seed) },
    quick,
    phases,
    peers: toSet('peers', values.peers, PEERS),
    classes: new RegExp(values.classes),
    samples: toCount('samples', values.samples ?? (quick ? '5' : '100')),
    classSeconds: quick ? 1 : 8,
    sideRows: Math.min(hosts * steps, 1_000_000),
    seriesCounts: quick ? [1000, 10_000] : [1000, 100_000, 1_000_000],
    writeDocs: values['write-docs'],
    parentDir: values.dir,
    profileDir: values.profile,
  };
}

function toCount(flag: string, text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`--${flag}: expected a number of 1 or more, got ${text}`);
  return Number(text);
}

function toSet<T extends string>(flag: string, text: string, known: readonly T[]): ReadonlySet<T> {
  const chosen = text.split(',').filter((name) => name !== '');
  const unknown = chosen.find((name) => !known.some((each) => each === name));
  if (unknown !== undefined) throw new Error(`--${flag}: expected some of ${known.join(', ')}, got ${unknown}`);
  return new Set(known.filter((name) => chosen.includes(name)));
}

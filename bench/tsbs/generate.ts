// TSBS's cpu-only data set: hosts that report ten integer percentages every ten seconds, with ten tags each. Same seed, same bytes.
//
//   cpu,hostname=host_0,region=…,… usage_user=58i,…,usage_guest_nice=38i 1451606400000000000
import { randomOf } from './random.ts';

export const FIELDS = [
  'usage_user',
  'usage_system',
  'usage_idle',
  'usage_nice',
  'usage_iowait',
  'usage_irq',
  'usage_softirq',
  'usage_steal',
  'usage_guest',
  'usage_guest_nice',
] as const;

export interface DataSet {
  readonly hosts: number;
  /** Rows a host. */
  readonly steps: number;
  readonly stepSeconds: number;
  readonly startSeconds: number;
  readonly seed: number;
}

/** TSBS starts on 2016-01-01. */
export const START_SECONDS = 1_451_606_400;

const REGIONS = ['us-east-1', 'us-west-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1', 'sa-east-1'];
const SYSTEMS = ['Ubuntu16.10', 'Ubuntu16.04LTS', 'Ubuntu15.10'];
const TEAMS = ['SF', 'NYC', 'LON', 'CHI'];
const ENVIRONMENTS = ['production', 'staging', 'test'];

/** Batches of at most `batchRows` lines, in order of time, all hosts at each step. */
export function* generate(data: DataSet, batchRows: number): Generator<Buffer> {
  const random = randomOf(data.seed);
  const prefixes = Array.from({ length: data.hosts }, (_, host) => `cpu,${tagsOf(host, random)} `);
  const values = Float64Array.from({ length: data.hosts * FIELDS.length }, () => 100 * random());
  const names = FIELDS.map((name) => `${name}=`);
  let lines: string[] = [];
  for (let step = 0; step < data.steps; step++) {
    const stamp = `${data.startSeconds + step * data.stepSeconds}000000000\n`;
    for (let host = 0; host < data.hosts; host++) {
      let line = prefixes[host];
      for (let field = 0; field < FIELDS.length; field++) {
        const at = host * FIELDS.length + field;
        // A clamped random walk with steps of about one.
        const walked = values[at] + (random() + random() + random() - 1.5) * 2;
        values[at] = walked < 0 ? 0 : walked > 100 ? 100 : walked;
        line += `${field === 0 ? '' : ','}${names[field]}${Math.floor(values[at])}i`;
      }
      lines.push(`${line} ${stamp}`);
      if (lines.length === batchRows) {
        yield Buffer.from(lines.join(''), 'latin1');
        lines = [];
      }
    }
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''), 'latin1');
}

function tagsOf(host: number, random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const number = (below: number): number => Math.floor(random() * below);
  const region = pick(REGIONS);
  return [
    `hostname=host_${host}`,
    `region=${region}`,
    `datacenter=${region}${pick(['a', 'b', 'c'])}`,
    `rack=${number(100)}`,
    `os=${pick(SYSTEMS)}`,
    `arch=${pick(['x64', 'x86'])}`,
    `team=${pick(TEAMS)}`,
    `service=${number(20)}`,
    `service_version=${number(2)}`,
    `service_environment=${pick(ENVIRONMENTS)}`,
  ].join(',');
}

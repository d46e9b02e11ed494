// How fast line protocol is read, on one thread: `node bench/line-protocol.ts [rows]`. Bodies of 10,000 lines, as a client
// would send them; the first pass over the hosts is new series, the later ones known.
import { type Precision, parseLineProtocol } from '../src/line-protocol/index.ts';
import { SeriesTable } from '../src/model/index.ts';

const ROWS_PER_BODY = 10_000;
const START_S = 1_451_606_400;

/** Deterministic numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const CPU_FIELDS = ['user', 'system', 'idle', 'nice', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'];

/** TSBS's cpu-only lines: 10 tags in TSBS's order, 10 fields. */
function cpuLine(host: number, step: number, value: () => string, sorted: boolean): string {
  const tags = [
    `hostname=host_${host}`,
    'region=eu-central-1',
    'datacenter=eu-central-1a',
    `rack=${host % 100}`,
    'os=Ubuntu15.10',
    'arch=x86',
    'team=SF',
    `service=${host % 20}`,
    'service_version=1',
    'service_environment=test',
  ];
  if (sorted) tags.sort();
  const fields = CPU_FIELDS.map((field) => `usage_${field}=${value()}`).join(',');
  return `cpu,${tags.join(',')} ${fields} ${BigInt(START_S + 10 * step) * 1_000_000_000n}`;
}

/** What an agent sends every ten seconds: many measurements in turn, tags sorted, floats and integers. */
function agentLine(index: number, step: number, next: () => number): string {
  const kind = index % 8;
  const host = Math.floor(index / 8);
  const time = `${START_S + 10 * step}000000000`;
  const percent = () => (next() * 100).toString();
  if (kind < 4) {
    return `cpu,cpu=cpu${kind},host=web-${host} usage_user=${percent()},usage_system=${percent()},usage_idle=${percent()} ${time}`;
  }
  if (kind === 4)
    return `mem,host=web-${host} used=${Math.floor(next() * 1e10)}i,free=${Math.floor(next() * 1e10)}i,used_percent=${percent()} ${time}`;
  if (kind === 5)
    return `disk,device=sda1,fstype=ext4,host=web-${host},path=/ used=${Math.floor(next() * 1e12)}i,inodes_free=${Math.floor(next() * 1e7)}i ${time}`;
  if (kind === 6)
    return `net,host=web-${host},interface=eth0 bytes_recv=${Math.floor(next() * 1e12)}i,bytes_sent=${Math.floor(next() * 1e12)}i ${time}`;
  return `procstat,host=web-${host} status="sleeping ok",running=true,cpu_usage=${percent()} ${time}`;
}

function bodies(rows: number, line: (row: number) => string): Uint8Array[] {
  const made: Uint8Array[] = [];
  for (let row = 0; row < rows; row += ROWS_PER_BODY) {
    const lines = Array.from({ length: Math.min(ROWS_PER_BODY, rows - row) }, (_, index) => line(row + index));
    made.push(new TextEncoder().encode(`${lines.join('\n')}\n`));
  }
  return made;
}

function measure(name: string, load: readonly Uint8Array[], precision: Precision = 'ns'): void {
  let best = Infinity;
  let bytes = 0;
  let rows = 0;
  for (let round = 0; round < 5; round++) {
    const series = new SeriesTable();
    const options = { series, precision, defaultTimeNs: 0n, unsigned: true };
    bytes = 0;
    rows = 0;
    // Time of this thread on a processor, so that other work on the machine does not count.
    const start = process.threadCpuUsage();
    for (const body of load) {
      const result = parseLineProtocol(body, options);
      if (result.errorCount > 0) throw new Error(result.errors[0].text);
      bytes += body.length;
      rows += result.rowCount;
    }
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  const figures = `${(bytes / best / 1e6).toFixed(0).padStart(5)} MB/s ${(rows / best / 1e6).toFixed(2)} M rows/s`;
  process.stdout.write(`${name.padEnd(44)} ${figures}  (${rows} rows of ${(bytes / rows).toFixed(0)} bytes)\n`);
}

function main(): void {
  const rows = Number(process.argv[2] ?? 200_000);
  const next = random(1);
  const integer = () => `${Math.floor(next() * 100)}i`;
  const short = () => (next() * 100).toFixed(4);
  const long = () => (next() * 100).toString();
  const hosts = (count: number, value: () => string, sorted = false) =>
    bodies(rows, (row) => cpuLine(row % count, Math.floor(row / count), value, sorted));
  measure('cpu-only, 4000 hosts', hosts(4000, integer));
  measure('cpu-only, 4000 hosts, sorted tags', hosts(4000, integer, true));
  measure('cpu-only, 100 hosts', hosts(100, integer));
  measure('cpu-only, floats of 6 digits', hosts(4000, short));
  measure('cpu-only, floats of 16 digits', hosts(4000, long));
  measure('cpu-only, every row a new series', hosts(rows, integer));
  measure(
    'agents: many measurements, mixed types',
    bodies(rows, (row) => agentLine(row % 8000, Math.floor(row / 8000), next)),
  );
}

main();

// This machine's own figures, every second, as line protocol in Telegraf's measurements: cpu, mem, disk, diskio, net, system.
// What the machine does not tell is left out: without /proc there are processors, memory and load from Node.
//
//     tick ─► /proc/stat, meminfo, diskstats, net/dev, mounts ─► lines ─► write
import { readFile, statfs } from 'node:fs/promises';
import * as os from 'node:os';
import { type Tag, encodeSeriesKey } from '../model/index.ts';
import { type Fields, parseDiskstats, parseMeminfo, parseMounts, parseNetDev, percent } from './proc-files.ts';
import { type CpuTimes, cpuUsage, parseProcStat } from './proc-stat.ts';

export interface HostMetricsParts {
  /** Stores lines with times in seconds. */
  readonly write: (lines: Uint8Array) => Promise<void>;
  /** Told of each failure that differs from the one before, and with null when it works again. */
  readonly onFailure: (error: unknown) => void;
  readonly procDir?: string | undefined;
  readonly intervalMs?: number | undefined;
}

export interface HostMetrics {
  /** Resolves when no write is under way any more. */
  stop(): Promise<void>;
}

export function startHostMetrics(parts: HostMetricsParts): HostMetrics {
  const { write, onFailure, procDir = '/proc', intervalMs = 1000 } = parts;
  const collector = new HostCollector(procDir, os.hostname());
  let running: Promise<void> | null = null;
  let lastFailure: string | null = null;
  const tick = async (): Promise<void> => {
    try {
      const lines = await collector.collect(Math.floor(Date.now() / 1000));
      await write(Buffer.from(lines));
      if (lastFailure !== null) onFailure(null);
      lastFailure = null;
    } catch (error) {
      if (String(error) !== lastFailure) onFailure(error);
      lastFailure = String(error);
    }
  };
  const start = (): void => {
    // A slow disk must not let ticks pile up.
    running ??= tick().finally(() => (running = null));
  };
  start();
  const timer = setInterval(start, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

export class HostCollector {
  readonly #procDir: string;
  readonly #host: string;
  #cpusBefore = new Map<string, CpuTimes>();

  constructor(procDir: string, host: string) {
    this.#procDir = procDir;
    this.#host = host;
  }

  /** Lines of one reading. Shares of processor time begin with the second. */
  async collect(timeSeconds: number): Promise<string> {
    const [stat, meminfo, diskstats, netDev, mounts] = await Promise.all(
      ['stat', 'meminfo', 'diskstats', 'net/dev', 'mounts'].map((name) => this.#read(name)),
    );
    const lines: string[] = [];
    const add = (measurement: string, tags: Readonly<Record<string, string>>, fields: Fields): void => {
      lines.push(`${seriesKey(measurement, { ...tags, host: this.#host })} ${fieldsText(fields)} ${timeSeconds}\n`);
    };
    for (const [name, usage] of this.#usages(stat)) add('cpu', { cpu: name }, usage);
    add('mem', {}, parseMeminfo(meminfo) ?? nodeMemory());
    for (const { device, path, fstype } of parseMounts(mounts)) {
      const fields = await diskSpace(path);
      if (fields !== null) add('disk', { device, fstype, path }, fields);
    }
    for (const { name, fields } of parseDiskstats(diskstats)) add('diskio', { name }, fields);
    for (const network of parseNetDev(netDev)) add('net', { interface: network.interface }, network.fields);
    add('system', {}, systemFields());
    return lines.join('');
  }

  #usages(stat: string): readonly (readonly [string, Fields])[] {
    const cpus = stat === '' ? nodeCpus() : parseProcStat(stat);
    const usages = cpus.flatMap((after): (readonly [string, Fields])[] => {
      const before = this.#cpusBefore.get(after.name);
      const usage = before === undefined ? null : cpuUsage(before, after);
      return usage === null ? [] : [[after.name, usage]];
    });
    this.#cpusBefore = new Map(cpus.map((cpu) => [cpu.name, cpu]));
    return usages;
  }

  /** "" for a file that is not there. */
  async #read(name: string): Promise<string> {
    return readFile(`${this.#procDir}/${name}`, 'utf8').catch(() => '');
  }
}

function seriesKey(measurement: string, tags: Readonly<Record<string, string>>): string {
  const sorted: Tag[] = Object.entries(tags)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => ({ key, value }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return encodeSeriesKey({ measurement, tags: sorted });
}

/** bigint = integer field, number = float field. */
function fieldsText(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}${typeof value === 'bigint' ? 'i' : ''}`)
    .join(',');
}

async function diskSpace(path: string): Promise<Fields | null> {
  const stats = await statfs(path, { bigint: true }).catch(() => null);
  if (stats === null || stats.blocks === 0n) return null;
  const used = (stats.blocks - stats.bfree) * stats.bsize;
  const free = stats.bavail * stats.bsize;
  return {
    total: stats.blocks * stats.bsize,
    used,
    free,
    used_percent: percent(used, used + free),
    inodes_total: stats.files,
    inodes_free: stats.ffree,
    inodes_used: stats.files - stats.ffree,
  };
}

function systemFields(): Fields {
  const [load1, load5, load15] = os.loadavg();
  return { load1, load5, load15, n_cpus: BigInt(os.cpus().length), uptime: BigInt(Math.floor(os.uptime())) };
}

function nodeMemory(): Fields {
  const total = BigInt(os.totalmem());
  const free = BigInt(os.freemem());
  return { total, free, used: total - free, used_percent: percent(total - free, total) };
}

function nodeCpus(): readonly CpuTimes[] {
  const zero = { iowait: 0, softirq: 0, steal: 0, guest: 0, guestNice: 0 };
  const cpus = os.cpus().map(({ times }, index): CpuTimes => {
    return {
      ...zero,
      name: `cpu${index}`,
      user: times.user,
      nice: times.nice,
      system: times.sys,
      idle: times.idle,
      irq: times.irq,
    };
  });
  const sum = (pick: (cpu: CpuTimes) => number): number => cpus.reduce((total, cpu) => total + pick(cpu), 0);
  const total: CpuTimes = {
    ...zero,
    name: 'cpu-total',
    user: sum((cpu) => cpu.user),
    nice: sum((cpu) => cpu.nice),
    system: sum((cpu) => cpu.system),
    idle: sum((cpu) => cpu.idle),
    irq: sum((cpu) => cpu.irq),
  };
  return [total, ...cpus];
}

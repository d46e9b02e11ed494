// Processor times of /proc/stat, and the shares of two readings.
//
//     cpu  user nice system idle iowait irq softirq steal guest guest_nice      all processors
//     cpu0 …                                                                    one of them, in ticks since boot

export interface CpuTimes {
  /** `cpu-total`, `cpu0`, … */
  readonly name: string;
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
  readonly guest: number;
  readonly guestNice: number;
}

/** The kernel counts guests within user and nice; here they are apart, as Telegraf has them. */
export function parseProcStat(text: string): readonly CpuTimes[] {
  const cpus: CpuTimes[] = [];
  for (const line of text.split('\n')) {
    const match = /^cpu(\d*)\s+(\d.*)$/.exec(line);
    if (match === null) continue;
    const [
      user = 0,
      nice = 0,
      system = 0,
      idle = 0,
      iowait = 0,
      irq = 0,
      softirq = 0,
      steal = 0,
      guest = 0,
      guestNice = 0,
    ] = match[2].split(/\s+/).map(Number);
    const name = match[1] === '' ? 'cpu-total' : `cpu${match[1]}`;
    const own = { user: user - guest, nice: nice - guestNice };
    cpus.push({ name, ...own, system, idle, iowait, irq, softirq, steal, guest, guestNice });
  }
  return cpus;
}

const FIELDS = [
  ['usage_user', 'user'],
  ['usage_nice', 'nice'],
  ['usage_system', 'system'],
  ['usage_idle', 'idle'],
  ['usage_iowait', 'iowait'],
  ['usage_irq', 'irq'],
  ['usage_softirq', 'softirq'],
  ['usage_steal', 'steal'],
  ['usage_guest', 'guest'],
  ['usage_guest_nice', 'guestNice'],
] as const;

/** Percent of the time between two readings; null when none has passed or the counters went back. */
export function cpuUsage(before: CpuTimes, after: CpuTimes): Readonly<Record<string, number>> | null {
  let total = 0;
  for (const [, time] of FIELDS) total += after[time] - before[time];
  if (total <= 0) return null;
  const share = (time: Exclude<keyof CpuTimes, 'name'>): number =>
    Math.min(100, Math.max(0, (100 * (after[time] - before[time])) / total));
  return Object.fromEntries(FIELDS.map(([field, time]) => [field, share(time)]));
}

// What other files of /proc say, as fields under Telegraf's names. Lines that are not as expected are left out.

export type Fields = Readonly<Record<string, bigint | number>>;

/** /proc/meminfo: `MemTotal:  16303428 kB`. Null when the total is missing. */
export function parseMeminfo(text: string): Fields | null {
  const bytes = new Map<string, bigint>();
  for (const [, name, kib] of text.matchAll(/^([\w()]+):\s+(\d+) kB$/gm)) bytes.set(name, BigInt(kib) * 1024n);
  const of = (name: string): bigint => bytes.get(name) ?? 0n;
  const total = of('MemTotal');
  if (total === 0n) return null;
  const cached = of('Cached') + of('SReclaimable');
  const available = bytes.get('MemAvailable') ?? of('MemFree') + of('Buffers') + cached;
  const used = total - available;
  return {
    total,
    available,
    used,
    free: of('MemFree'),
    buffered: of('Buffers'),
    cached,
    active: of('Active'),
    inactive: of('Inactive'),
    swap_total: of('SwapTotal'),
    swap_free: of('SwapFree'),
    available_percent: percent(available, total),
    used_percent: percent(used, total),
  };
}

export function percent(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : (Number(part) / Number(whole)) * 100;
}

export interface DiskIo {
  readonly name: string;
  readonly fields: Fields;
}

const SECTOR_BYTES = 512n;

/** /proc/diskstats: `major minor name reads merged sectors ms writes merged sectors ms in-progress ms weighted-ms …`. */
export function parseDiskstats(text: string): readonly DiskIo[] {
  const disks: DiskIo[] = [];
  for (const line of text.split('\n')) {
    const [, , name, ...counts] = line.trim().split(/\s+/);
    if (name === undefined || counts.length < 11 || !counts.every((count) => /^\d+$/.test(count))) continue;
    // Devices that hold files of their own machine only in name.
    if (/^(?:loop|ram)\d+$/.test(name)) continue;
    const [reads, , sectorsRead, readMs, writes, , sectorsWritten, writeMs, inProgress, ioMs, weightedMs] =
      counts.map(BigInt);
    const fields: Fields = {
      reads,
      writes,
      read_bytes: sectorsRead * SECTOR_BYTES,
      write_bytes: sectorsWritten * SECTOR_BYTES,
      read_time: readMs,
      write_time: writeMs,
      io_time: ioMs,
      weighted_io_time: weightedMs,
      iops_in_progress: inProgress,
    };
    disks.push({ name, fields });
  }
  return disks;
}

export interface NetworkIo {
  readonly interface: string;
  readonly fields: Fields;
}

/** /proc/net/dev: `eth0: bytes packets errs drop fifo frame compressed multicast | bytes packets errs drop …`; loopback is left out. */
export function parseNetDev(text: string): readonly NetworkIo[] {
  const interfaces: NetworkIo[] = [];
  for (const [, name, rest] of text.matchAll(/^\s*([^\s:]+):\s*([\d\s]+?)$/gm)) {
    const counts = rest.split(/\s+/).map(BigInt);
    if (name === 'lo' || counts.length < 16) continue;
    const fields: Fields = {
      bytes_recv: counts[0],
      packets_recv: counts[1],
      err_in: counts[2],
      drop_in: counts[3],
      bytes_sent: counts[8],
      packets_sent: counts[9],
      err_out: counts[10],
      drop_out: counts[11],
    };
    interfaces.push({ interface: name, fields });
  }
  return interfaces;
}

export interface Mount {
  readonly device: string;
  readonly path: string;
  readonly fstype: string;
}

/** /proc/mounts: mounted devices and the root, each device once. Blanks in paths are written as `\040`. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device, path, fstype] = line.split(' ').map(unescapeOctal);
    if (device === undefined || path === undefined || fstype === undefined || mounts.has(device)) continue;
    if (!device.startsWith('/dev/') && path !== '/') continue;
    mounts.set(device, { device: device.replace(/^\/dev\//, ''), path, fstype });
  }
  return [...mounts.values()];
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

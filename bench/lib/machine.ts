// The machine that the figures are from.
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { spreadOf } from './statistics.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly fileSystem: string;
  /** A write of 4 KB and its fsync, in the directory of the bench. */
  readonly fsyncMs: number;
  /** Load average over the minute before the bench: what else was going on. */
  readonly loadBefore: number;
}

/** statfs(2) magic numbers. On memory, fsync is free and durable figures mean little. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x2fc12fc1: 'zfs',
  0x01021994: 'tmpfs (in memory: fsync costs nothing here)',
  0x794c7630: 'overlayfs',
};

export function machineOf(dir: string): Machine {
  const { type } = statfsSync(dir);
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `Linux ${release()}`,
    node: process.version,
    fileSystem: FILE_SYSTEMS[type] ?? `type 0x${type.toString(16)}`,
    fsyncMs: measureFsync(dir),
    loadBefore: loadavg()[0],
  };
}

function measureFsync(dir: string): number {
  const path = join(dir, 'fsync');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096, 1);
  const samples = Array.from({ length: 40 }, () => {
    const startedAt = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  rmSync(path);
  return spreadOf(samples).median;
}

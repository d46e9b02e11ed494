// Rounds of: start the server, let clients write, kill it at a random moment, start it again, compare with what it acknowledged.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './client.ts';
import { FAULTS, type FaultPlan } from './faults.ts';
import { type Random, Writer } from './writer.ts';

export interface CampaignResult {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Points that were surely there at the end. */
  readonly points: number;
  /** What was lost, doubled or invented; empty when all is well. */
  readonly slips: readonly string[];
}

const WRITERS = 4;
const NO_FAULT: FaultPlan = { fault: 'none', after: 0, times: 0 };
const START_TIMEOUT_MS = 60_000;

export async function runCampaign(rounds: number, seed: number, tell: (line: string) => void): Promise<CampaignResult> {
  const random = randomOf(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-crash-'));
  const writers = Array.from({ length: WRITERS }, (_, id) => new Writer(id, randomOf(seed + 1 + id)));
  const slips: string[] = [];
  let done = 0;
  let finished = false;
  try {
    await createDatabase(dataDir);
    for (; done < rounds && slips.length === 0; done++) {
      const plan = planOf(random);
      await crashRound(dataDir, plan, writers, random);
      slips.push(...(await verifyRound(dataDir, writers)).map((slip) => `round ${done + 1}, ${plan.fault}: ${slip}`));
      if ((done + 1) % 10 === 0)
        tell(`${done + 1} rounds, ${sum(writers, (writer) => writer.acknowledged)} requests acknowledged`);
    }
    finished = true;
  } finally {
    if (finished && slips.length === 0) await rm(dataDir, { recursive: true, force: true });
    else tell(`the data is kept in ${dataDir}`);
  }
  return {
    rounds: done,
    acknowledged: sum(writers, (writer) => writer.acknowledged),
    refused: sum(writers, (writer) => writer.refused),
    points: sum(writers, (writer) => writer.points),
    slips,
  };
}

async function createDatabase(dataDir: string): Promise<void> {
  const server = await startServer(dataDir, NO_FAULT);
  const outcome = await run(server.address, 'CREATE DATABASE crash WITH DURATION INF SHARD DURATION 1h NAME r');
  await kill(server.process);
  if (outcome !== 'done') throw new Error(`create database: ${JSON.stringify(outcome)}`);
}

async function crashRound(dataDir: string, plan: FaultPlan, writers: readonly Writer[], random: Random): Promise<void> {
  // Now and then the kill comes while the server starts.
  if (random(6) === 0) {
    const starting = forkServer(dataDir, NO_FAULT);
    await delay(random(400));
    await kill(starting);
  }
  const server = await startServer(dataDir, plan);
  let over = false;
  const work = Promise.all(writers.map((writer) => writer.work(server.address, () => over)));
  await Promise.race([work, delay(30 + random(700))]);
  // A kill in the midst of requests, or between them.
  if (random(4) === 0) {
    over = true;
    await work;
  }
  await kill(server.process);
  over = true;
  await work;
}

async function verifyRound(dataDir: string, writers: readonly Writer[]): Promise<string[]> {
  const server = await startServer(dataDir, NO_FAULT);
  try {
    const slips = await Promise.all(writers.map((writer) => writer.verify(server.address)));
    return slips.flatMap((list, id) => list.slice(0, 5).map(({ slot, what }) => `m${id} slot ${slot} ${what}`));
  } finally {
    await kill(server.process);
  }
}

function planOf(random: Random): FaultPlan {
  const fault = FAULTS[random(FAULTS.length)];
  return { fault, after: random(120), times: 1 + random(6) };
}

interface Server {
  readonly process: ChildProcess;
  readonly address: string;
}

function forkServer(dataDir: string, plan: FaultPlan): ChildProcess {
  const file = join(import.meta.dirname, 'server.ts');
  const args = [dataDir, plan.fault, String(plan.after), String(plan.times)];
  // Hundreds of starts: the first one's work on the sources serves the others.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };
  return fork(file, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env });
}

/** Resolves once the server answers. An injected fault may keep it from starting: then it is started on good disks. */
async function startServer(dataDir: string, plan: FaultPlan): Promise<Server> {
  const child = forkServer(dataDir, plan);
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-4000);
  });
  const address = await new Promise<string | undefined>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start in time: ${said}`)), START_TIMEOUT_MS);
    child.once('message', (message: { address: string }) => resolve(message.address));
    child.once('exit', () => resolve(undefined));
    child.once('exit', () => clearTimeout(timer));
    child.once('message', () => clearTimeout(timer));
  });
  if (address !== undefined) return { process: child, address };
  if (plan.fault === 'none') throw new Error(`the server does not start: ${said}`);
  return startServer(dataDir, NO_FAULT);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function randomOf(seed: number): Random {
  let state = (seed * 2654435761) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

// The query classes: every system answers the same random instances. Answers are compared first, then timed in turns.
import { type Row, firstDifference } from '../answers.ts';
import { type Spread, spreadOf } from '../lib/statistics.ts';
import { openDuckdb } from '../peers/duckdb.ts';
import type { Answering, PeerName } from '../peers/peer.ts';
import { blockDir } from '../peers/weir.ts';
import { type BenchQuery, Chooser, QUERY_CLASSES } from '../tsbs/queries.ts';
import { type Bench, mainDir } from './with-server.ts';

const LIGHT_INSTANCES = 10;
const HEAVY_INSTANCES = 3;
const MIN_ROUNDS = 2;
/**
 * A program that compiles as it runs is at its speed only after some hundred queries of a kind, and caches fill. Each system has
 * this time to warm up, alone.
 */
const WARM_UP_SECONDS = 1.2;

export interface QueryResult {
  readonly name: string;
  /** Rows of the first instance's answer. */
  readonly rows: number;
  readonly times: ReadonlyMap<PeerName, Spread>;
}

export interface QueriesResult {
  readonly classes: readonly QueryResult[];
  /** After all queries. */
  readonly peakRssBytes: ReadonlyMap<PeerName, number | undefined>;
}

/** On the data that the ingest run left. */
export async function runQueries(bench: Bench): Promise<QueriesResult> {
  const { settings, kinds, cleanup } = bench;
  const servers = [];
  const systems: Answering[] = [];
  try {
    for (const kind of kinds) {
      const server = await kind.start(mainDir(bench, kind), cleanup);
      servers.push(server);
      systems.push(server);
    }
    const weir = kinds.find(({ name }) => name === 'weir');
    if (weir !== undefined && settings.peers.has('duckdb'))
      systems.push(await openDuckdb(blockDir(mainDir(bench, weir))));
    const checked = await checkClasses(bench, systems);
    const classes: QueryResult[] = [];
    for (const { name, rows, instances, able } of checked) {
      bench.tell(`queries: ${name}`);
      classes.push({ name, rows, times: await time(bench, instances, able) });
    }
    return { classes, peakRssBytes: new Map(servers.map((server) => [server.name, server.peakRssBytes()])) };
  } finally {
    for (const system of systems) await system.close();
  }
}

/** A query class whose answers agree. */
interface CheckedClass {
  readonly name: string;
  readonly instances: readonly BenchQuery[];
  /** The systems that can answer it. */
  readonly able: readonly Answering[];
  readonly rows: number;
}

/** All classes, before anything is timed: every system has then answered every kind of query. Differences are faults. */
async function checkClasses(bench: Bench, systems: readonly Answering[]): Promise<CheckedClass[]> {
  const { settings } = bench;
  const checked: CheckedClass[] = [];
  for (const [index, queryClass] of QUERY_CLASSES.entries()) {
    const { name, heavy } = queryClass;
    if (!settings.classes.test(name)) continue;
    bench.tell(`answers: ${name}`);
    const choose = new Chooser(settings.data, settings.data.seed + index);
    const length = heavy || settings.quick ? HEAVY_INSTANCES : LIGHT_INSTANCES;
    const instances = Array.from({ length }, () => queryClass.make(choose));
    const able = systems.filter((system) => system.canAsk(instances[0]));
    let rows = 0;
    let same = true;
    for (const query of instances) {
      const compared = await compare(query, able);
      rows ||= compared.rows;
      for (const difference of compared.differences) {
        bench.fault(`${name}: ${difference}\n  ${query.influxql}`);
        same = false;
      }
    }
    if (same) checked.push({ name, instances, able, rows });
  }
  return checked;
}

/** Everybody's answer against the first system's. */
async function compare(
  query: BenchQuery,
  systems: readonly Answering[],
): Promise<{ rows: number; differences: string[] }> {
  const answers: { name: PeerName; rows: Row[] }[] = [];
  const differences: string[] = [];
  for (const system of systems) {
    try {
      const reply = await system.ask(query);
      answers.push({ name: system.name, rows: await reply.rows() });
    } catch (error) {
      differences.push(`${system.name} fails: ${(error as Error).message}`);
    }
  }
  const [first, ...others] = answers;
  for (const { name, rows } of others) {
    const [left, right] =
      name === 'victoria-metrics' ? [wholeWindows(first.rows, query), wholeWindows(rows, query)] : [first.rows, rows];
    const difference = firstDifference(left, right);
    if (difference !== undefined) differences.push(`${first.name} against ${name}: ${difference}`);
  }
  return { rows: first?.rows.length ?? 0, differences };
}

function wholeWindows(rows: readonly Row[], { promql }: BenchQuery): readonly Row[] {
  if (promql === undefined) return rows;
  return rows.filter((row) => {
    const time = row.find((cell) => typeof cell === 'number') ?? 0;
    return time >= promql.wholeFromMs && time < promql.wholeToMs;
  });
}

/**
 * One query at a time. In each round every system answers all instances back to back, as it would for a client that asks
 * steadily; whose turn is first changes from round to round.
 */
async function time(
  bench: Bench,
  instances: readonly BenchQuery[],
  systems: readonly Answering[],
): Promise<ReadonlyMap<PeerName, Spread>> {
  const { samples, classSeconds, quick } = bench.settings;
  if (!quick) for (const system of systems) await warmUp(system, instances);
  const times = new Map<PeerName, number[]>(systems.map(({ name }) => [name, []]));
  const startedAt = performance.now();
  for (let round = 0; round < samples / instances.length; round++) {
    if (round >= MIN_ROUNDS && performance.now() - startedAt > classSeconds * 1000) break;
    for (let turn = 0; turn < systems.length; turn++) {
      const system = systems[(turn + round) % systems.length];
      const list = times.get(system.name);
      for (const query of instances) list?.push(await timeOf(system, query));
    }
  }
  return new Map([...times].map(([name, list]) => [name, spreadOf(list)]));
}

async function warmUp(system: Answering, instances: readonly BenchQuery[]): Promise<void> {
  const startedAt = performance.now();
  for (let round = 0; performance.now() - startedAt < WARM_UP_SECONDS * 1000; round++) {
    await timeOf(system, instances[round % instances.length]);
  }
}

async function timeOf(system: Answering, query: BenchQuery): Promise<number> {
  const askedAt = performance.now();
  await system.ask(query);
  return performance.now() - askedAt;
}

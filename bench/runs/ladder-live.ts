// What seven levels cost while many series report every second: Weir with a ladder, InfluxDB with the continuous queries that
// say the same, and both without. And how long requests wait when the windows of all levels end at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE } from '../peers/influx-client.ts';
import type { PeerName, Server, ServerKind } from '../peers/peer.ts';
import { ask, declareLadder, tierFacts, whenRepaired } from './ladder-server.ts';
import { type LiveLoad, type LiveOutcome, MARK_MS, type Waits, runLiveLoad } from './live-load.ts';
import { type Bench, inNewDir, withServer } from './with-server.ts';

/** Seven levels: a point a second, then six tiers. */
const LEVELS = ['10s:8d', '30s:15d', '2m:45d', '5m:120d', '15m:220d', '1h:800d'];
/** As many, all of which end a window with every full minute, as those above do with an hour. */
const MINUTE_LEVELS = ['10s:8d', '12s:9d', '15s:10d', '20s:11d', '30s:12d', '1m:13d'];
const RAW = '1s:60h';
const FINEST_SECONDS = 10;

export interface LevelsCost {
  readonly name: PeerName;
  /** Processors that the server keeps busy. */
  readonly coresWithout: number;
  readonly coresWith: number;
  /** Share of the points that are counted in the finest level's complete windows. */
  readonly counted: number;
}

export interface LiveResult extends LiveLoad {
  readonly costs: readonly LevelsCost[];
  readonly waitsWithout: Waits;
  readonly waitsWith: Waits;
  /** After a full minute, at which all levels close windows of all series. */
  readonly waitsAtMark: Waits;
  readonly windowsAtMark: number;
}

export async function runLadderLive(bench: Bench, weir: ServerKind): Promise<LiveResult> {
  const load: LiveLoad = bench.settings.quick ? { series: 1000, seconds: 25 } : { series: 10_000, seconds: 75 };
  const plain = await measure(bench, weir, load, 'no levels', async () => {});
  const tiers = await measure(bench, weir, load, 'six tiers', ({ port }) =>
    declareLadder(port, [RAW, ...LEVELS].join(',')),
  );
  const costs: LevelsCost[] = [
    { name: 'weir', coresWithout: plain.cores, coresWith: tiers.cores, counted: tiers.counted },
  ];
  const influxdb = bench.kinds.find(({ name }) => name === 'influxdb');
  if (influxdb !== undefined) {
    const without = await measure(bench, influxdb, load, 'no levels', async () => {});
    const cascade = await measure(bench, influxdb, load, 'six continuous queries', ({ port }) => declareCascade(port));
    costs.push({
      name: 'influxdb',
      coresWithout: without.cores,
      coresWith: cascade.cores,
      counted: cascade.counted,
    });
  }
  const atMark = await measure(bench, weir, load, 'tiers that end together', async ({ port }) => {
    await declareLadder(port, [RAW, ...MINUTE_LEVELS].join(','));
    await untilMarkIn(load.seconds / 2);
  });
  return {
    ...load,
    costs,
    waitsWithout: plain.waits,
    waitsWith: tiers.waits,
    waitsAtMark: atMark.waitsAtMark,
    windowsAtMark: load.series * MINUTE_LEVELS.length,
  };
}

/** Resolves so long before a full minute. */
function untilMarkIn(seconds: number): Promise<void> {
  const beforeMarkMs = MARK_MS - (Date.now() % MARK_MS);
  return sleep((beforeMarkMs + MARK_MS - seconds * 1000) % MARK_MS);
}

interface Measured extends LiveOutcome {
  readonly counted: number;
}

function measure(
  bench: Bench,
  kind: ServerKind,
  load: LiveLoad,
  what: string,
  declare: (server: Server) => Promise<void>,
): Promise<Measured> {
  bench.tell(`${load.series} series every second: ${kind.name}, ${what}`);
  return inNewDir(bench, kind, (dir) =>
    withServer(bench, kind, dir, { continuousQueries: true }, async (server) => {
      await declare(server);
      const outcome = await runLiveLoad(server, load);
      return { ...outcome, counted: await countedShare(bench, server, load, outcome.firstSeconds) };
    }),
  );
}

/** Of the finest level, over its windows that are whole; 1 where there are no levels. A ladder must count every point. */
async function countedShare(
  bench: Bench,
  { name, port }: Server,
  { series, seconds }: LiveLoad,
  firstSeconds: number,
): Promise<number> {
  const first = Math.ceil(firstSeconds / FINEST_SECONDS) * FINEST_SECONDS;
  const end = Math.floor((firstSeconds + seconds) / FINEST_SECONDS) * FINEST_SECONDS;
  const range = `time >= ${first}s AND time < ${end}s`;
  const policies = await ask(port, `SHOW RETENTION POLICIES ON ${DATABASE}`);
  const finest = policies.find((policy) => String(policy.name).startsWith('10s_'));
  if (finest === undefined) return 1;
  const source = `"${finest.name}".live`;
  if (name === 'influxdb') {
    const [row] = await ask(port, `SELECT sum("count") AS points FROM ${source} WHERE ${range}`);
    return Number(row.points) / (series * (end - first));
  }
  await whenRepaired(port);
  await tierFacts(port);
  const [row] = await ask(port, `SELECT count(v) AS points FROM ${source} WHERE ${range}`);
  const expected = series * (end - first);
  if (row.points !== expected) bench.fault(`the finest tier counts ${row.points} points, expected ${expected}`);
  return Number(row.points) / expected;
}

/** The same levels as people declare them for InfluxDB: a policy and a continuous query each, made of the level before. */
async function declareCascade(port: number): Promise<void> {
  let parent = 'autogen';
  for (const [at, level] of LEVELS.entries()) {
    const [step, keep] = level.split(':');
    const policy = `${step}_for_${keep}`;
    await ask(port, `CREATE RETENTION POLICY "${policy}" ON ${DATABASE} DURATION ${keep} REPLICATION 1`);
    const columns =
      at === 0
        ? 'count(v) AS "count", sum(v) AS "sum", min(v) AS "min", max(v) AS "max"'
        : 'sum("count") AS "count", sum("sum") AS "sum", min("min") AS "min", max("max") AS "max"';
    const select = `SELECT ${columns} INTO "${policy}".live FROM "${parent}".live GROUP BY time(${step}), *`;
    await ask(port, `CREATE CONTINUOUS QUERY "cq_${step}" ON ${DATABASE} BEGIN ${select} END`);
    // 5m cannot be made of 2m; 2m's own parent serves.
    if (step !== '2m') parent = policy;
  }
}

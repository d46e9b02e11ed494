// Many series that report every second, without a ladder and with one of seven levels: what the cascade costs, and how long
// writes, queries and anything else at all had to wait.
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, accepted } from '../lib/http-connection.ts';
import { type Spread, spreadOf } from '../lib/statistics.ts';
import { DATABASE } from '../peers/influx-client.ts';
import type { Server, ServerKind } from '../peers/peer.ts';
import { SECONDS_LADDER, declareLadder, tierFacts } from './ladder-server.ts';
import { type Bench, inNewDir, withServer } from './with-server.ts';

const REQUESTS_PER_SECOND = 4;
const QUERY_EVERY_MS = 200;
const PING_EVERY_MS = 10;

/** In milliseconds. */
export interface Waits {
  readonly writes: Spread;
  readonly queries: Spread;
  /** Of requests that cost nothing: how long the server's thread was busy with something else. */
  readonly pings: Spread;
}

export interface LiveResult {
  readonly series: number;
  readonly seconds: number;
  /** Processors that the server kept busy. */
  readonly coresWithout: number;
  readonly coresWith: number;
  readonly waitsWithout: Waits;
  readonly waitsWith: Waits;
}

export async function runLadderLive(bench: Bench, kind: ServerKind): Promise<LiveResult> {
  const [series, seconds] = bench.settings.quick ? [1000, 25] : [10_000, 90];
  const measured = async (ladder: string | null): Promise<Live> => {
    bench.tell(`${series} series every second ${ladder === null ? 'without' : 'with'} a ladder`);
    return inNewDir(bench, kind, (dir) =>
      withServer(bench, kind, dir, {}, (server) => live(server, ladder, series, seconds)),
    );
  };
  const plain = await measured(null);
  const laddered = await measured(SECONDS_LADDER);
  if (laddered.tierPoints < series) {
    bench.fault(`the tiers have ${laddered.tierPoints} windows, expected ${series} or more`);
  }
  return {
    series,
    seconds,
    coresWithout: plain.cores,
    coresWith: laddered.cores,
    waitsWithout: plain.waits,
    waitsWith: laddered.waits,
  };
}

interface Live {
  readonly cores: number;
  readonly waits: Waits;
  readonly tierPoints: number;
}

/** A request: when it began, of `performance.now()`, and how long it took. */
interface Sample {
  readonly startedAt: number;
  readonly ms: number;
}

async function live(server: Server, ladder: string | null, series: number, seconds: number): Promise<Live> {
  if (ladder !== null) await declareLadder(server.port, ladder);
  const startedAt = performance.now();
  const firstSeconds = Math.floor(Date.now() / 1000);
  const endAt = startedAt + seconds * 1000;
  const before = server.cpuSeconds();
  const query = `SELECT mean(v) FROM live WHERE host = 's1' AND time >= ${firstSeconds}s AND time < ${firstSeconds + seconds}s GROUP BY time(10s)`;
  const queryPath = `/query?db=${DATABASE}&q=${encodeURIComponent(query)}`;
  const [writes, queries, pings] = await Promise.all([
    writeLive(server, { series, seconds, firstSeconds, startedAt }),
    repeat(server, queryPath, QUERY_EVERY_MS, endAt),
    repeat(server, '/ping', PING_EVERY_MS, endAt),
  ]);
  const cores = (server.cpuSeconds() - before) / ((performance.now() - startedAt) / 1000);
  const spread = (samples: readonly Sample[]): Spread => spreadOf(samples.map(({ ms }) => ms));
  const [, ...tiers] = ladder === null ? [] : await tierFacts(server.port);
  return {
    cores,
    waits: { writes: spread(writes), queries: spread(queries), pings: spread(pings) },
    tierPoints: tiers.reduce((sum, { points }) => sum + points, 0),
  };
}

interface LiveWrites {
  readonly series: number;
  readonly seconds: number;
  readonly firstSeconds: number;
  readonly startedAt: number;
}

/** Each second's points in a few requests, spread over that second. */
async function writeLive(
  server: Server,
  { series, seconds, firstSeconds, startedAt }: LiveWrites,
): Promise<readonly Sample[]> {
  const connections = await Promise.all(
    Array.from({ length: REQUESTS_PER_SECOND }, () => HttpConnection.open(server.port)),
  );
  const perRequest = Math.ceil(series / REQUESTS_PER_SECOND);
  const writeOwn = async (connection: HttpConnection, own: number): Promise<Sample[]> => {
    const samples: Sample[] = [];
    const first = own * perRequest;
    const values = Array.from({ length: Math.min(perRequest, series - first) }, (_, at) => 20 + (at % 50));
    for (let second = 0; second < seconds; second++) {
      const body = liveLines(values, first, firstSeconds + second);
      await sleepUntil(startedAt + 1000 * (second + own / REQUESTS_PER_SECOND));
      samples.push(await timed(() => connection.request('POST', server.writePath, body), server.writePath));
    }
    return samples;
  };
  const samples = await Promise.all(connections.map(writeOwn));
  for (const connection of connections) connection.close();
  return samples.flat();
}

/** Values walk on from where they are; two decimals. */
function liveLines(values: number[], first: number, seconds: number): Buffer {
  const stamp = `${seconds}000000000\n`;
  const lines = values.map((value, at) => {
    values[at] = value + Math.sin(seconds + at) / 4;
    return `live,host=s${first + at} v=${values[at].toFixed(2)} ${stamp}`;
  });
  return Buffer.from(lines.join(''), 'latin1');
}

/** One request after the other until then. */
async function repeat(server: Server, path: string, everyMs: number, endAt: number): Promise<readonly Sample[]> {
  const connection = await HttpConnection.open(server.port);
  const samples: Sample[] = [];
  while (performance.now() < endAt) {
    const sample = await timed(() => connection.request('GET', path), path);
    samples.push(sample);
    await sleepUntil(sample.startedAt + everyMs);
  }
  connection.close();
  return samples;
}

async function timed(request: () => ReturnType<HttpConnection['request']>, what: string): Promise<Sample> {
  const startedAt = performance.now();
  accepted(await request(), what);
  return { startedAt, ms: performance.now() - startedAt };
}

function sleepUntil(at: number): Promise<void> {
  return sleep(Math.max(0, at - performance.now()));
}

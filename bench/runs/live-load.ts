// A load in real time: many series that report every second, a question now and then, and pings that tell how long the server
// had no time for anybody.
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, accepted } from '../lib/http-connection.ts';
import { type Spread, spreadOf } from '../lib/statistics.ts';
import { DATABASE } from '../peers/influx-client.ts';
import type { Server } from '../peers/peer.ts';

const REQUESTS_PER_SECOND = 4;
const QUERY_EVERY_MS = 200;
const PING_EVERY_MS = 10;
/** A full minute is a mark: many windows end there. */
export const MARK_MS = 60_000;
/** So long after a full minute counts as the mark. */
const AFTER_MARK_MS = 3000;

export interface LiveLoad {
  readonly series: number;
  readonly seconds: number;
}

/** In milliseconds. */
export interface Waits {
  readonly writes: Spread;
  readonly queries: Spread;
  /** Of requests that cost nothing: how long the server's thread was busy with something else. */
  readonly pings: Spread;
}

export interface LiveOutcome {
  /** The first second with points, since the epoch; each of `seconds` has one of every series. */
  readonly firstSeconds: number;
  /** Processors that the server kept busy. */
  readonly cores: number;
  readonly waits: Waits;
  /** Those in the seconds after a full minute. */
  readonly waitsAtMark: Waits;
}

/** A request: when it began and ended, in ms since the epoch. */
interface Sample {
  readonly startMs: number;
  readonly endMs: number;
}

/** Rejects when the server refuses anything. */
export async function runLiveLoad(server: Server, { series, seconds }: LiveLoad): Promise<LiveOutcome> {
  const startMs = Date.now();
  const startedAt = performance.now();
  const cpuBefore = server.cpuSeconds();
  const firstSeconds = Math.floor(startMs / 1000);
  const endMs = startMs + seconds * 1000;
  const range = `time >= ${firstSeconds}s AND time < ${firstSeconds + seconds}s`;
  const query = `SELECT mean(v) FROM live WHERE host = 's1' AND ${range} GROUP BY time(10s)`;
  const queryPath = `/query?db=${DATABASE}&q=${encodeURIComponent(query)}`;
  const [writes, queries, pings] = await Promise.all([
    writeLive(server, { series, seconds }, startMs, firstSeconds),
    repeat(server, queryPath, QUERY_EVERY_MS, endMs),
    repeat(server, '/ping', PING_EVERY_MS, endMs),
  ]);
  const cores = (server.cpuSeconds() - cpuBefore) / ((performance.now() - startedAt) / 1000);
  const waitsOf = (keep: (sample: Sample) => boolean): Waits => {
    const spread = (samples: readonly Sample[]): Spread =>
      spreadOf(samples.filter(keep).map((sample) => sample.endMs - sample.startMs));
    return { writes: spread(writes), queries: spread(queries), pings: spread(pings) };
  };
  return { firstSeconds, cores, waits: waitsOf(() => true), waitsAtMark: waitsOf(isAtMark) };
}

/** Whether it was under way in the seconds after a full minute. */
function isAtMark({ startMs, endMs }: Sample): boolean {
  const markMs = Math.floor(endMs / MARK_MS) * MARK_MS;
  return startMs < markMs + AFTER_MARK_MS;
}

/** Each second's points in a few requests, spread over that second. */
async function writeLive(
  server: Server,
  { series, seconds }: LiveLoad,
  startMs: number,
  firstSeconds: number,
): Promise<readonly Sample[]> {
  const perRequest = Math.ceil(series / REQUESTS_PER_SECOND);
  const writeShare = async (share: number): Promise<Sample[]> => {
    const connection = await HttpConnection.open(server.port);
    const samples: Sample[] = [];
    const first = share * perRequest;
    const values = Array.from({ length: Math.min(perRequest, series - first) }, (_, at) => 20 + (at % 50));
    for (let second = 0; second < seconds; second++) {
      const body = liveLines(values, first, firstSeconds + second);
      await sleepUntil(startMs + 1000 * (second + share / REQUESTS_PER_SECOND));
      samples.push(await timed(() => connection.request('POST', server.writePath, body), server.writePath));
    }
    connection.close();
    return samples;
  };
  const samples = await Promise.all(Array.from({ length: REQUESTS_PER_SECOND }, (_, share) => writeShare(share)));
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
async function repeat(server: Server, path: string, everyMs: number, endMs: number): Promise<readonly Sample[]> {
  const connection = await HttpConnection.open(server.port);
  const samples: Sample[] = [];
  while (Date.now() < endMs) {
    const sample = await timed(() => connection.request('GET', path), path);
    samples.push(sample);
    await sleepUntil(sample.startMs + everyMs);
  }
  connection.close();
  return samples;
}

async function timed(request: () => ReturnType<HttpConnection['request']>, what: string): Promise<Sample> {
  const startMs = Date.now();
  const startedAt = performance.now();
  accepted(await request(), what);
  return { startMs, endMs: startMs + (performance.now() - startedAt) };
}

function sleepUntil(timeMs: number): Promise<void> {
  return sleep(Math.max(0, timeMs - Date.now()));
}

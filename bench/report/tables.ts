// Results as tables.
import type { PeerName } from '../peers/peer.ts';
import type { GrowthResult } from '../runs/growth.ts';
import {
  BATCH_ROWS,
  CLIENTS,
  CLIENT_BATCH_ROWS,
  CONNECTIONS,
  type ClientsResult,
  type IngestResult,
} from '../runs/ingest.ts';
import type { QueriesResult } from '../runs/queries.ts';
import type { RestartResult } from '../runs/restart.ts';
import { bytes, count, milliseconds, rate, ratio, seconds } from './format.ts';
import { type PeerFacts, byName } from './results.ts';
import type { Table } from './table.ts';

export function peersTable(peers: readonly PeerFacts[]): Table {
  return {
    title: 'Systems',
    columns: ['system', 'version', 'how it ran'],
    leftCount: 3,
    rows: peers.map(({ name, version, note, installHint }) => [
      name,
      version ?? 'not installed',
      version === undefined ? `left out; to have it: ${installHint}` : note,
    ]),
    notes: [],
  };
}

export function ingestTable(results: readonly IngestResult[]): Table {
  const [{ load }] = results;
  const weir = byName(results, 'weir');
  return {
    title: 'Ingest',
    columns: [
      'system',
      'rows/s',
      'weir is',
      'MB/s',
      'request, median',
      'p99',
      'CPU s/M rows',
      'peak memory',
      'disk',
      'B/row',
      'at rest after',
    ],
    rows: results.map((result) => [
      result.name,
      rate(result.load.rowsPerSecond),
      ratio(weir && weir.load.rowsPerSecond / result.load.rowsPerSecond),
      (result.load.bytes / result.load.seconds / 1e6).toFixed(0),
      `${milliseconds(result.load.requestMs.median)} ms`,
      `${milliseconds(result.load.requestMs.p99)} ms`,
      (result.cpuSeconds / (result.load.rows / 1e6)).toFixed(2),
      bytes(result.peakRssBytes),
      bytes(result.diskBytes),
      (result.diskBytes / result.load.rows).toFixed(1),
      result.settleSeconds === undefined ? 'never' : seconds(result.settleSeconds),
    ]),
    notes: [
      `${count(load.rows)} rows, ${bytes(load.bytes)} of line protocol, ${BATCH_ROWS} rows a request, ${CONNECTIONS} connections; ` +
        'rows/s until the last acknowledgement.',
      'CPU, memory and disk include the background work (flush, compaction) until the server is at rest. Weir and InfluxDB ' +
        'were told to write out everything a few seconds after the last write; VictoriaMetrics was made to merge.',
    ],
  };
}

export function clientsTable(results: readonly ClientsResult[]): Table {
  const weir = byName(results, 'weir');
  return {
    title: `${CLIENTS} clients at once`,
    columns: ['system', 'rows/s', 'weir is', 'request, median', 'p99', 'peak memory'],
    rows: results.map((result) => [
      result.name,
      rate(result.load.rowsPerSecond),
      ratio(weir && weir.load.rowsPerSecond / result.load.rowsPerSecond),
      `${milliseconds(result.load.requestMs.median)} ms`,
      `${milliseconds(result.load.requestMs.p99)} ms`,
      bytes(result.peakRssBytes),
    ]),
    notes: [`${count(results[0].load.rows)} rows into an empty server, ${CLIENT_BATCH_ROWS} rows a request.`],
  };
}

export function queriesTable({ classes, peakRssBytes }: QueriesResult): Table {
  const names = [...new Set(classes.flatMap(({ times }) => [...times.keys()]))];
  const others = names.filter((name) => name !== 'weir');
  return {
    title: 'Queries: median (min – max) in milliseconds',
    columns: ['class', 'rows', ...names, ...others.map((name) => `${name}/weir`)],
    rows: classes.map(({ name, rows, times }) => {
      const cell = (peer: PeerName): string => {
        const spread = times.get(peer);
        if (spread === undefined) return '–';
        return `${milliseconds(spread.median)} (${milliseconds(spread.min)} – ${milliseconds(spread.max)})`;
      };
      const weir = times.get('weir')?.median;
      const ratios = others.map((peer) => {
        const other = times.get(peer)?.median;
        return ratio(weir === undefined || other === undefined ? undefined : other / weir);
      });
      return [name, count(rows), ...names.map(cell), ...ratios];
    }),
    notes: [
      'All answers were compared before they were timed: the same rows, integers exactly, floats within 1e-9.',
      'From the request to the last byte of the answer (JSON, times in ms), one query at a time, random hosts and spans, warm. ' +
        'DuckDB runs within the client on the blocks that Weir wrote and returns columns: it sends nothing and prints nothing.',
      'VictoriaMetrics answers the classes that PromQL can ask, without its cache of results; windows cut by the span are whole there.',
      `Peak memory after all queries: ${[...peakRssBytes].map(([name, size]) => `${name} ${bytes(size)}`).join(', ')}.`,
    ],
  };
}

export function restartTable(results: readonly RestartResult[]): Table {
  return {
    title: 'Killed right after a load, and started again',
    columns: ['system', 'rows written', 'only in the log', 'ready after', 'empty: ready after', 'replay', 'rows found'],
    rows: results.map((result) => [
      result.name,
      count(result.rowsWritten),
      count(result.rowsInMemory),
      seconds(result.readyMs / 1000),
      seconds(result.emptyReadyMs / 1000),
      rate(replayRate(result)),
      count(result.rowsFound),
    ]),
    notes: ['Replay: rows that were only in the log, over the time beyond that of a start without data.'],
  };
}

export function replayRate({ rowsInMemory, readyMs, emptyReadyMs }: RestartResult): number | undefined {
  if (rowsInMemory === undefined || readyMs <= emptyReadyMs) return undefined;
  return (rowsInMemory / (readyMs - emptyReadyMs)) * 1000;
}

export function growthTable(results: readonly GrowthResult[]): Table {
  return {
    title: 'As series grow',
    leftCount: 2,
    columns: ['series', 'system', 'new, rows/s', 'known, rows/s', 'peak memory', 'disk', 'one series found in'],
    rows: results.map((result) => [
      count(result.seriesCount),
      result.name,
      rate(result.newPerSecond),
      rate(result.knownPerSecond),
      bytes(result.peakRssBytes),
      bytes(result.diskBytes),
      `${milliseconds(result.lookUpMs)} ms`,
    ]),
    notes: [
      'One point for each series of an empty server (three tags, one field), then a second one; memory and disk once all is written out.',
    ],
  };
}

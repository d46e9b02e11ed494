// DuckDB within this process, on the very Parquet files that Weir wrote: no socket, no JSON, only the query itself.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../answers.ts';
import type { Answering } from './peer.ts';

type DuckdbModule = typeof import('@duckdb/node-api');

/** A development dependency: undefined where only the others are installed. */
async function loadModule(): Promise<DuckdbModule | undefined> {
  try {
    return await import('@duckdb/node-api');
  } catch {
    return undefined;
  }
}

export const DUCKDB_INSTALL_HINT = 'npm ci (it is a development dependency)';

export async function duckdbVersion(): Promise<string | undefined> {
  return (await loadModule())?.version().replace(/^v/, '');
}

/** Answers from all the Parquet files below a directory as they are now; the measurement `cpu` is the view `cpu`. */
export async function openDuckdb(blockDir: string): Promise<Answering> {
  const module = await loadModule();
  if (module === undefined) throw new Error('DuckDB is not installed');
  const instance = await module.DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = readdirSync(blockDir, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.parquet'),
  );
  const list = files.map((path) => `'${join(blockDir, path)}'`).join(', ');
  // Footers are parsed once, as a server would.
  await connection.run('SET parquet_metadata_cache = true');
  await connection.run(`CREATE VIEW cpu AS SELECT * FROM read_parquet([${list}])`);
  return {
    name: 'duckdb',
    canAsk: () => true,
    async ask(query) {
      const result = await connection.run(query.sql);
      return { rows: async () => (await result.getRows()).map((row) => toRow(row, result.columnNames().indexOf('t'))) };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
    },
  };
}

/** Nanoseconds in column `timeColumn` become milliseconds. */
function toRow(values: readonly unknown[], timeColumn: number): Row {
  return values.map((value, index) => {
    if (typeof value === 'bigint') return Number(index === timeColumn ? value / 1_000_000n : value);
    if (value === null || typeof value === 'string' || typeof value === 'number') return value;
    throw new Error(`unexpected value of type ${typeof value}`);
  });
}

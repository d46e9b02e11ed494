// Ladders over HTTP, as JSON; see `ladder-json.ts` for the bodies. What they do, and who may, is that of the statements.
//
//     GET    /api/ladders[?db=D[&name=N]]        -> {"ladders": [{"database", "name", "base", "fed", "rules", "tiers", …}]}
//     POST   /api/ladders           ladder       -> 201
//     POST   /api/ladders/plan      ladder       -> {"steps": [{"tier", "step", "points", "bytes", …}]}     changes nothing
//     PUT    /api/ladders           ladder       -> 204                                     "keep_data" keeps what goes
//     DELETE /api/ladders?db=D&name=N[&keep_data=true]         -> 204
//     POST   /api/ladders/adopt     {"database", "name", "dry_run"} -> {"definition", "queries": [{"query", "tier", …}]}
import { WeirError, messageOf } from '../base/index.ts';
import { type ResultBatch, type Statement, parseQuery } from '../influxql/index.ts';
import { authorizeStatements, userOf } from './auth/caller.ts';
import { type Engine, type NodeState, readyEngine } from './engine.ts';
import { type Exchange, send, sendNothing } from './exchange.ts';
import { type LadderRequest, decodeAdoptionRequest, decodeLadderRequest, encodeLadderText } from './ladder-json.ts';
import { type BodyLimits, readBody } from './request-body.ts';
import type { Access, Method, Route } from './router.ts';

export interface LadderRouteParts {
  readonly state: () => NodeState;
  readonly body: BodyLimits;
}

/** A row by column; the table that it stands in, too. */
interface Row {
  readonly table: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** How statements run for one request. */
type Run = (statement: Statement) => Promise<readonly Row[]>;

export function ladderRoutes({ state, body }: LadderRouteParts): readonly Route[] {
  const route = (
    method: Method,
    path: string,
    access: Access,
    handle: (exchange: Exchange, run: Run) => Promise<void>,
  ): Route => ({
    name: 'ladders',
    path,
    methods: [method],
    access,
    handle: (exchange) => handle(exchange, runnerOf(readyEngine(state()), exchange)),
  });
  const ladderIn = async (exchange: Exchange): Promise<LadderRequest> =>
    decodeLadderRequest(await readJson(exchange, body));
  return [
    route('GET', '/api/ladders', 'user', listLadders),
    route('POST', '/api/ladders', 'admin', async (exchange, run) => {
      const { database, name, definition } = await ladderIn(exchange);
      await run({ kind: 'create ladder', name, database, definition });
      sendJson(exchange, 201, { database, name });
    }),
    route('PUT', '/api/ladders', 'admin', async (exchange, run) => {
      const { database, name, definition, keepData } = await ladderIn(exchange);
      await run({ kind: 'alter ladder', name, database, definition, keepData });
      sendNothing(exchange);
    }),
    route('DELETE', '/api/ladders', 'admin', async (exchange, run) => {
      const [database, name] = [parameter(exchange, 'db'), parameter(exchange, 'name')];
      const keepData = exchange.parameters.get('keep_data') === 'true';
      await run({ kind: 'drop ladder', name, database, keepData });
      sendNothing(exchange);
    }),
    route('POST', '/api/ladders/plan', 'admin', async (exchange, run) => {
      const { database, name, definition } = await ladderIn(exchange);
      const rows = await run({ kind: 'explain ladder', name, database, definition });
      sendJson(exchange, 200, { steps: rows.map(({ values }) => values) });
    }),
    route('POST', '/api/ladders/adopt', 'admin', async (exchange, run) => {
      const { database, name, dryRun } = decodeAdoptionRequest(await readJson(exchange, body));
      const rows = await run({ kind: 'adopt continuous queries', database, name, dryRun });
      const [{ values }, ...queries] = rows;
      sendJson(exchange, 200, { ...values, queries: queries.map((row) => row.values) });
    }),
  ];
}

async function listLadders(exchange: Exchange, run: Run): Promise<void> {
  const database = exchange.parameters.get('db') ?? '';
  const wanted = exchange.parameters.get('name') ?? '';
  const ladders = await run({ kind: 'show ladders', database });
  const status = await run({ kind: 'show ladder status', name: '', database: '' });
  const found = ladders.filter(({ values }) => wanted === '' || values.name === wanted);
  if (wanted !== '' && found.length === 0) throw new WeirError('not found', `ladder not found: ${wanted}`);
  sendJson(exchange, 200, {
    ladders: found.map(({ table, values }) => ({
      database: table,
      ...values,
      ...structureOf(String(values.definition)),
      tiers: status
        .filter((row) => row.table === values.name && row.tags.get('database') === table)
        .map((row) => row.values),
    })),
  });
}

/** The rules of a statement as JSON. */
function structureOf(text: string): object {
  const [statement] = parseQuery(text).statements;
  return statement?.kind === 'create ladder' ? encodeLadderText(statement.definition) : {};
}

function runnerOf(engine: Engine, exchange: Exchange): Run {
  return async (statement) => {
    authorizeStatements(exchange, { statements: [statement] }, undefined, engine.users.users().length > 0);
    const controller = new AbortController();
    exchange.response.once('close', () => controller.abort(new WeirError('canceled', 'the client left')));
    const batches = await engine.answer(statement, {
      database: undefined,
      policy: undefined,
      readOnly: false,
      user: userOf(exchange.caller),
      signal: controller.signal,
    });
    const rows: Row[] = [];
    for await (const batch of batches) rows.push(...rowsOf(batch));
    return rows;
  };
}

/** The answers of these statements are all cells. */
function rowsOf({ series, rowCount, columns }: ResultBatch): Row[] {
  return Array.from({ length: rowCount }, (_, row) => ({
    table: series.name,
    tags: new Map(series.tags),
    values: Object.fromEntries(
      columns.map((column, index) => [series.columns[index], column.kind === 'cells' ? column.values[row] : null]),
    ),
  }));
}

async function readJson(exchange: Exchange, limits: BodyLimits): Promise<unknown> {
  const body = await readBody(exchange, limits);
  try {
    return JSON.parse(Buffer.from(body.bytes).toString('utf8'));
  } catch (error) {
    throw new WeirError('invalid', `the body is no JSON: ${messageOf(error)}`, error);
  } finally {
    body.release();
  }
}

function parameter(exchange: Exchange, name: string): string {
  const value = exchange.parameters.get(name);
  if (value === null || value === '') throw new WeirError('invalid', `missing required parameter "${name}"`);
  return value;
}

function sendJson(exchange: Exchange, status: number, json: object): void {
  send(exchange, status, 'application/json', `${JSON.stringify(json)}\n`);
}

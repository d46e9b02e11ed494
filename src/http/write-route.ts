// POST /write (1.x) and POST /api/v2/write (the form that InfluxDB 1.8 understands: a bucket is `database/policy`).
import { WeirError, isWeirError } from '../base/index.ts';
import type { StoredPart } from '../ladder/index.ts';
import type { Precision } from '../line-protocol/index.ts';
import type { AcceptOutcome } from './accept.ts';
import { authorizeWrite } from './auth/caller.ts';
import { type Engine, type NodeState, readyEngine } from './engine.ts';
import { type Exchange, sendError, sendNothing } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import { type BodyLimits, readBody } from './request-body.ts';
import type { Route } from './router.ts';
import { statusOf } from './status-code.ts';
import { readStored } from './stored-part.ts';
import type { Throttle } from './throttle.ts';
import { partialWriteText } from './write-text.ts';

export interface WriteRouteParts {
  readonly state: () => NodeState;
  readonly body: BodyLimits;
  readonly throttle: Throttle;
  readonly metrics: Metrics;
}

/** Where points of a request go. */
interface WriteTarget {
  readonly database: string;
  readonly policy: string | undefined;
  readonly precision: Precision;
  readonly stored?: StoredPart | undefined;
}

export function writeRoutes(parts: WriteRouteParts): readonly Route[] {
  const route =
    (readTarget: (parameters: URLSearchParams) => WriteTarget): Route['handle'] =>
    async (exchange) => {
      const engine = readyEngine(parts.state());
      const target = readTarget(exchange.parameters);
      if (!engine.hasDatabase(target.database)) {
        throw new WeirError('not found', `database not found: ${JSON.stringify(target.database)}`);
      }
      authorizeWrite(exchange, target.database);
      await parts.throttle.run(() => write(parts, engine, exchange, target));
    };
  return [
    { name: 'write', path: '/write', methods: ['POST'], access: 'user', handle: route(readTargetV1) },
    { name: 'write', path: '/api/v2/write', methods: ['POST'], access: 'user', handle: route(readTargetV2) },
  ];
}

async function write(parts: WriteRouteParts, engine: Engine, exchange: Exchange, target: WriteTarget): Promise<void> {
  const body = await readBody(exchange, parts.body);
  let outcome: AcceptOutcome;
  try {
    parts.metrics.bodyBytes(body.bytes.length);
    outcome = await engine.accept({ ...target, lines: body.bytes });
  } catch (error) {
    parts.metrics.linesFailed(body.bytes);
    // Only the policy can be missing by now, and that is a server error in InfluxDB.
    if (!isWeirError(error)) throw error;
    sendError(exchange, isWeirError(error, 'not found') ? 500 : statusOf(error), error.message);
    return;
  } finally {
    body.release();
  }
  parts.metrics.points(outcome);
  const text = partialWriteText(outcome);
  if (text === null) sendNothing(exchange);
  else sendError(exchange, 400, text);
}

const PRECISIONS_V1: ReadonlyMap<string, Precision> = new Map([
  ['', 'ns'],
  ['n', 'ns'],
  ['ns', 'ns'],
  ['u', 'us'],
  ['ms', 'ms'],
  ['s', 's'],
  ['m', 'm'],
  ['h', 'h'],
]);

const PRECISIONS_V2: ReadonlyMap<string, Precision> = new Map([
  ['', 'ns'],
  ['ns', 'ns'],
  ['us', 'us'],
  ['ms', 'ms'],
  ['s', 's'],
]);

/** Accepted and without effect: one node holds everything. */
const CONSISTENCY_LEVELS: readonly string[] = ['', 'any', 'one', 'quorum', 'all'];

function readTargetV1(parameters: URLSearchParams): WriteTarget {
  const precision = readPrecision(parameters, PRECISIONS_V1, 'n, u, ms, s, m or h');
  const database = parameters.get('db') ?? '';
  if (database === '') throw new WeirError('invalid', 'database is required');
  if (!CONSISTENCY_LEVELS.includes((parameters.get('consistency') ?? '').toLowerCase())) {
    throw new WeirError('invalid', 'invalid consistency level');
  }
  const stored = readStored(parameters.get('stored') ?? '');
  return { database, policy: parameters.get('rp') || undefined, precision, stored };
}

function readTargetV2(parameters: URLSearchParams): WriteTarget {
  const precision = readPrecision(parameters, PRECISIONS_V2, 'ns, us, ms or s');
  const bucket = parameters.get('bucket') ?? '';
  const slash = bucket.indexOf('/');
  const database = slash < 0 ? bucket : bucket.slice(0, slash);
  if (database === '') {
    const fault =
      slash < 0
        ? 'is missing a slash; not in "database/retention-policy" format'
        : 'is in db/rp form but has an empty database';
    throw new WeirError('not found', `bucket name ${JSON.stringify(bucket)} ${fault}`);
  }
  return { database, policy: (slash < 0 ? '' : bucket.slice(slash + 1)) || undefined, precision };
}

function readPrecision(parameters: URLSearchParams, known: ReadonlyMap<string, Precision>, names: string): Precision {
  const text = parameters.get('precision') ?? '';
  const precision = known.get(text);
  if (precision === undefined)
    throw new WeirError('invalid', `invalid precision ${JSON.stringify(text)} (use ${names})`);
  return precision;
}

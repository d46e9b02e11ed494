// GET and POST /query: reads what is asked for and how it shall be answered; `query-answer.ts` answers.
import { WeirError, isWeirError } from '../base/index.ts';
import { NO_PARAMETERS, type Query, parseParameters, parseQuery } from '../influxql/index.ts';
import { chooseFormat } from './answer/answer-format.ts';
import { epochUnit } from './answer/time-text.ts';
import { authorizeStatements, userOf } from './auth/caller.ts';
import { type NodeState, readyEngine } from './engine.ts';
import { type Exchange, headerText, sendNothing } from './exchange.ts';
import { type QueryAnswerParts, type QueryJob, answerQuery, runUnwatched } from './query-answer.ts';
import { type QueryForm, readQueryForm } from './query-form.ts';
import type { BodyLimits } from './request-body.ts';
import type { Route } from './router.ts';
import { readStored } from './stored-part.ts';

const DEFAULT_CHUNK_ROWS = 10_000;

export interface QueryRouteParts extends QueryAnswerParts {
  readonly state: () => NodeState;
  readonly body: BodyLimits;
}

export function queryRoutes(parts: QueryRouteParts): readonly Route[] {
  return [
    {
      name: 'query',
      path: '/query',
      methods: ['GET', 'POST'],
      access: 'user',
      handle: (exchange) => serveQuery(parts, exchange),
    },
  ];
}

async function serveQuery(parts: QueryRouteParts, exchange: Exchange): Promise<void> {
  const engine = readyEngine(parts.state());
  const form = await readQueryForm(exchange, parts.body);
  const format = chooseFormat(headerText(exchange.request, 'accept'));
  const job = { engine, query: readQuery(form), ...readManner(exchange, form), format };
  authorizeStatements(exchange, job.query, job.database, engine.users.users().length > 0);
  if (form('async') === 'true') {
    sendNothing(exchange);
    await runUnwatched(parts, job);
  } else await answerQuery(parts, exchange, job);
}

function readQuery(form: QueryForm): Query {
  const text = form('q').trim();
  if (text === '') throw new WeirError('invalid', 'missing required parameter "q"');
  const parameters = form('params');
  const bound = parameters === '' ? NO_PARAMETERS : parseParameters(parameters);
  try {
    return parseQuery(text, bound);
  } catch (error) {
    if (!isWeirError(error, 'invalid')) throw error;
    throw new WeirError('invalid', `error parsing query: ${error.message}`, error);
  }
}

/** `gap`: the share of a ladder's window that must be known. */
function readShare(text: string): number | undefined {
  if (text === '') return undefined;
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (share <= 1) return share;
  throw new WeirError('invalid', `expected a share between 0 and 1 as "gap", found "${text}"`);
}

/** Everything about a job but what it runs. */
function readManner(exchange: Exchange, form: QueryForm): Omit<QueryJob, 'engine' | 'query' | 'format'> {
  const chunkSize = /^[1-9]\d{0,8}$/.test(form('chunk_size')) ? Number(form('chunk_size')) : DEFAULT_CHUNK_ROWS;
  return {
    database: form('db') || undefined,
    policy: form('rp') || undefined,
    readOnly: exchange.request.method === 'GET',
    user: userOf(exchange.caller),
    tellTiers: form('tiers') === 'true',
    knownShare: readShare(form('gap')),
    stored: readStored(form('stored')),
    epoch: epochUnit(form('epoch').trim()),
    pretty: exchange.parameters.get('pretty') === 'true',
    chunkSize: form('chunked') === 'true' ? chunkSize : null,
    gzip: headerText(exchange.request, 'accept-encoding').includes('gzip'),
  };
}

// SELECT statements as trees that a shrinker can take clauses from, and their text.

export interface Select {
  readonly kind: 'select';
  readonly fields: readonly string[];
  readonly into: string | null;
  readonly sources: readonly (string | Select)[];
  /** Joined by AND. */
  readonly where: readonly string[];
  readonly groupBy: readonly string[];
  readonly fill: string | null;
  readonly descending: boolean;
  /** LIMIT, OFFSET, SLIMIT, SOFFSET in that order, those that are there. */
  readonly limits: readonly string[];
  readonly timeZone: string | null;
}

/** Statements that are only text. */
export interface Plain {
  readonly kind: 'plain';
  readonly text: string;
  /** Whether the database may be another one afterwards. */
  readonly changes: boolean;
}

export type Query = Select | Plain;

/** What is asked after a query, to see what it did; and after INTO, to undo it. */
export function followUps(query: Query): string[] {
  if (query.kind === 'plain') return query.changes ? ['SELECT *::field FROM /./', ...SHOWN] : [];
  if (query.into === null) return [];
  const name = query.into.split('.').at(-1);
  return [
    `SELECT * FROM ${query.into} GROUP BY *`,
    `SHOW FIELD KEYS FROM ${name}`,
    `SHOW SERIES FROM ${name}`,
    `DROP MEASUREMENT ${name}`,
  ];
}

const SHOWN = ['SHOW SERIES', 'SHOW MEASUREMENTS', 'SHOW TAG KEYS', 'SHOW FIELD KEYS'];

export function printQuery(query: Query): string {
  if (query.kind === 'plain') return query.text;
  const parts = [`SELECT ${query.fields.join(', ')}`];
  if (query.into !== null) parts.push(`INTO ${query.into}`);
  parts.push(
    `FROM ${query.sources.map((source) => (typeof source === 'string' ? source : `(${printQuery(source)})`)).join(', ')}`,
  );
  if (query.where.length > 0) parts.push(`WHERE ${query.where.join(' AND ')}`);
  if (query.groupBy.length > 0) parts.push(`GROUP BY ${query.groupBy.join(', ')}`);
  if (query.fill !== null) parts.push(`fill(${query.fill})`);
  if (query.descending) parts.push('ORDER BY time DESC');
  parts.push(...query.limits);
  if (query.timeZone !== null) parts.push(`tz('${query.timeZone}')`);
  return parts.join(' ');
}

/** Statements with one thing less, the largest things first. Windows never lose their end: there are too many until now. */
export function* smallerQueries(query: Query): Generator<Query> {
  const windows = printQuery(query).includes('time(');
  for (const smaller of unboundedQueries(query)) {
    if (!windows || countBounds(smaller) >= countBounds(query) || !printQuery(smaller).includes('time(')) yield smaller;
  }
}

function countBounds(query: Query): number {
  return printQuery(query).split(/\btime [<>]/).length;
}

function* unboundedQueries(query: Query): Generator<Query> {
  if (query.kind === 'plain') return;
  for (const source of query.sources) if (typeof source !== 'string') yield source;
  if (query.into !== null) yield { ...query, into: null };
  for (const key of ['sources', 'fields', 'where', 'groupBy', 'limits'] as const) {
    const items: readonly (string | Select)[] = query[key];
    const least = key === 'sources' || key === 'fields' ? 1 : 0;
    if (items.length <= least) continue;
    for (let at = 0; at < items.length; at++) yield { ...query, [key]: items.toSpliced(at, 1) };
  }
  if (query.fill !== null) yield { ...query, fill: null };
  if (query.descending) yield { ...query, descending: false };
  if (query.timeZone !== null) yield { ...query, timeZone: null };
  for (const [at, source] of query.sources.entries()) {
    if (typeof source === 'string') continue;
    for (const smaller of unboundedQueries(source)) {
      if (smaller.kind === 'select') yield { ...query, sources: query.sources.with(at, smaller) };
    }
  }
}

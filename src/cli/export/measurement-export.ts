// All points of one measurement in one retention policy, series by series.
//
// A query shows a field in one type over all the time that it asks for. Where the type differs between shards, each shard is
// asked for on its own, and which type the field has there is found out first.
import { WeirError, isWeirError } from '../../base/index.ts';
import type { StoredPart } from '../../ladder/index.ts';
import { type TimeRange, intersectRange } from '../../model/index.ts';
import { firstError } from '../influx/answer.ts';
import { type QuerySource, ask, quoteName } from '../influx/ask.ts';
import { type SeriesLines, seriesLines } from './line-text.ts';
import { type LineType, type MeasurementFacts, readShardRanges, storedParameter } from './server-schema.ts';

export interface MeasurementPlace {
  readonly database: string;
  readonly policy: string;
  readonly measurement: MeasurementFacts;
  readonly range: TimeRange;
  /** The part of the policy; null = what queries answer. */
  readonly stored: StoredPart | null;
}

/** Types of the fields over a range of time. */
type FieldTypes = ReadonlyMap<string, LineType>;

export async function* exportMeasurement(source: QuerySource, place: MeasurementPlace): AsyncIterable<SeriesLines> {
  const { fields } = place.measurement;
  const mixed = [...fields].filter(([, types]) => types.length > 1);
  if (mixed.length === 0) {
    yield* exportRange(source, place, new Map([...fields].map(([name, [type]]) => [name, type])));
    return;
  }
  for (const shard of await readShardRanges(source, place.database, place.policy)) {
    const range = intersectRange(shard, place.range);
    if (range === undefined) continue;
    const part = { ...place, range };
    const types = new Map([...fields].map(([name, [type]]) => [name, type]));
    for (const [name, candidates] of mixed) {
      const type = await findType(source, part, name, candidates);
      if (type !== null) types.set(name, type);
    }
    yield* exportRange(source, part, types);
  }
}

async function* exportRange(
  source: QuerySource,
  place: MeasurementPlace,
  types: FieldTypes,
): AsyncIterable<SeriesLines> {
  const query = `SELECT *::field ${fromClause(place)} GROUP BY *`;
  const typeOf = (field: string): LineType => {
    const type = types.get(field);
    if (type !== undefined) return type;
    throw new WeirError('conflict', `field ${field} came after the export had begun: please export again`);
  };
  const parameters = { ...storedParameter(place.stored), db: place.database, epoch: 'ns', chunked: 'true' };
  for await (const document of source.query(query, parameters)) {
    const error = firstError(document);
    if (error !== null) throw new WeirError('invalid', `${query}: ${error}`);
    for (const { series } of document.results) for (const each of series) yield seriesLines(each, typeOf);
  }
}

/** The type that the field has within one shard; null when it has no points there. */
async function findType(
  source: QuerySource,
  place: MeasurementPlace,
  field: string,
  candidates: readonly LineType[],
): Promise<LineType | null> {
  const name = quoteName(field);
  const series = await ask(
    source,
    `SELECT ${name} ${fromClause(place)} LIMIT 1`,
    place.database,
    storedParameter(place.stored),
  );
  const cell = series.at(0)?.rows.at(0)?.[1] ?? 'null';
  if (cell === 'null') return null;
  if (cell.startsWith('"')) return 'string';
  if (cell === 'true' || cell === 'false') return 'boolean';
  const numeric = candidates.filter((type) => type !== 'string' && type !== 'boolean');
  if (numeric.length === 1) return numeric[0];
  const isFloat = await refusesBits(source, `SELECT ${name} & 1 ${fromClause(place)} LIMIT 1`, place);
  if (isFloat) return 'float';
  const whole = numeric.filter((type) => type !== 'float');
  if (whole.length === 1) return whole[0];
  throw new WeirError('not implemented', `field ${field} is integer in some shards and unsigned in others`);
}

/** Only integers have bits. */
async function refusesBits(
  source: QuerySource,
  query: string,
  { database, stored }: MeasurementPlace,
): Promise<boolean> {
  try {
    await ask(source, query, database, storedParameter(stored));
    return false;
  } catch (error) {
    if (isWeirError(error, 'invalid') && /type/.test(error.message)) return true;
    throw error;
  }
}

function fromClause({ database, policy, measurement, range }: MeasurementPlace): string {
  const path = [database, policy, measurement.name].map(quoteName).join('.');
  return `FROM ${path} WHERE time >= ${range.startNs} AND time < ${range.endNs}`;
}

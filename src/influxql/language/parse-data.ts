// Statements that remove points.
//
//     DELETE [ FROM source { "," source } ] [ WHERE expr ]           at least one of the two
//     DROP SERIES [ FROM source { "," source } ] [ WHERE expr ]      likewise
//     DROP MEASUREMENT name
//     DROP SHARD n
//
// Sources name neither database nor policy: all policies of the request's database are meant.
import type { Expr, Measurement } from './ast.ts';
import { parseCondition, parseFrom } from './parse-select.ts';
import { parseUint64 } from './parse-words.ts';
import type {
  DeleteStatement,
  DropMeasurementStatement,
  DropSeriesStatement,
  DropShardStatement,
} from './statement.ts';
import type { TokenStream } from './token-stream.ts';

export function parseDelete(stream: TokenStream): DeleteStatement {
  return { kind: 'delete', ...parseWhatGoes(stream) };
}

export function parseDropSeries(stream: TokenStream): DropSeriesStatement {
  return { kind: 'drop series', ...parseWhatGoes(stream) };
}

export function parseDropMeasurement(stream: TokenStream): DropMeasurementStatement {
  return { kind: 'drop measurement', name: stream.expect('identifier').text };
}

export function parseDropShard(stream: TokenStream): DropShardStatement {
  return { kind: 'drop shard', id: parseUint64(stream) };
}

function parseWhatGoes(stream: TokenStream): { sources: Measurement[]; condition: Expr | null } {
  const first = stream.peek();
  const sources = parseFrom(stream);
  for (const source of sources) {
    if (source.policy !== '') throw stream.error('retention policy not supported', { start: 0 });
    if (source.database !== '') throw stream.error('database not supported', { start: 0 });
  }
  const condition = parseCondition(stream);
  if (sources.length === 0 && condition === null) throw stream.unexpected(first, 'FROM', 'WHERE');
  return { sources, condition };
}

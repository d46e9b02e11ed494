// Columns back to line protocol, times in nanoseconds: what the parser makes of the text is the same points, exactly.
//
//     key bytes from the series table, then for each column with a value ` ` or `,` name `=` value, then ` ` time `\n`
import { type BatchColumn, type MeasurementBatch, type SeriesTable } from '../model/index.ts';
import { WeirError } from '../base/index.ts';
import { TextWriter } from './text-writer.ts';
import { encodeFieldName, isEncodableKey } from './names.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const SMALL_F = 0x66;
const SMALL_I = 0x69;
const SMALL_T = 0x74;
const SMALL_U = 0x75;

/**
 * Rows [firstRow, endRow) of a table whose series ids are from `series`, one line each. Throws `invalid` for what line
 * protocol cannot say: NaN and infinite floats, and names with a bare newline or a backslash in a place where it would
 * escape. Points that came as line protocol have none of that.
 */
export function encodeLineProtocol(
  table: MeasurementBatch,
  series: SeriesTable,
  firstRow = 0,
  endRow = table.rowCount,
): Uint8Array {
  const writer = new TextWriter(128 * (endRow - firstRow));
  const names = table.columns.map((column) => encodeFieldName(column.name));
  let lastId = -1;
  let key: Uint8Array = new Uint8Array(0);
  for (let row = firstRow; row < endRow; row++) {
    const id = table.seriesIds[row];
    if (id !== lastId) {
      key = series.keyBytes(id);
      if (!isEncodableKey(key)) throw new WeirError('invalid', `series ${series.keyText(id)} has no line protocol`);
      lastId = id;
    }
    writer.bytes(key);
    writeFields(writer, table.columns, names, row);
    writer.byte(SPACE);
    writer.text(String(table.baseNs + BigInt(table.times[row])));
    writer.byte(NEWLINE);
  }
  return writer.finish();
}

function writeFields(
  writer: TextWriter,
  columns: readonly BatchColumn[],
  names: readonly Uint8Array[],
  row: number,
): void {
  let separator = SPACE;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index];
    if (column.valid !== null && column.valid[row] === 0) continue;
    writer.byte(separator);
    writer.bytes(names[index]);
    writeValue(writer, column, row);
    separator = COMMA;
  }
}

function writeValue(writer: TextWriter, column: BatchColumn, row: number): void {
  switch (column.type) {
    case 'float':
      return writeFloat(writer, column.numbers[row]);
    case 'integer':
      writer.text(column.wide === null ? String(column.numbers[row]) : String(column.wide[row]));
      return writer.byte(SMALL_I);
    case 'unsigned':
      writer.text(column.wide === null ? String(column.numbers[row]) : String(BigInt.asUintN(64, column.wide[row])));
      return writer.byte(SMALL_U);
    case 'boolean':
      return writer.byte(column.numbers[row] === 0 ? SMALL_F : SMALL_T);
    case 'string':
      return writeString(writer, column, row);
  }
}

/** The shortest text that reads back as the same double. */
function writeFloat(writer: TextWriter, value: number): void {
  if (!Number.isFinite(value)) throw new WeirError('invalid', `${value} has no line protocol`);
  writer.text(Object.is(value, -0) ? '-0' : String(value));
}

function writeString(writer: TextWriter, column: BatchColumn, row: number): void {
  if (column.strings === null) throw new WeirError('invalid', `column ${column.name} has no strings`);
  const { text, starts, ends } = column.strings;
  writer.byte(QUOTE);
  for (let at = starts[row]; at < ends[row]; at++) {
    if (text[at] === QUOTE || text[at] === BACKSLASH) writer.byte(BACKSLASH);
    writer.byte(text[at]);
  }
  writer.byte(QUOTE);
}

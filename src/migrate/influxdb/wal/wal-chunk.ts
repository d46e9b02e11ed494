// Writes of the WAL, gathered until there is enough for a batch: by series and field, as blocks, as if they had come from a
// TSM file.
import type { FieldType, StringColumn } from '../../../model/index.ts';
import type { Block, BlockValues } from '../block/block.ts';
import { ascendingTimes } from '../block/time-values.ts';
import { compareBytes, fieldName, seriesEnd } from '../composite-key.ts';
import type { WalDeletes } from './wal-deletes.ts';
import { type WalEntry, type WalValues, valueBytes } from './wal-entry.ts';

/** Values of one key in one write. */
interface Piece {
  readonly ordinal: number;
  readonly bytes: DataView;
  readonly values: WalValues;
}

export interface WalField {
  readonly name: string;
  readonly type: FieldType;
  /** Of two values of one time the later one counts. */
  readonly block: Block;
}

export interface WalSeries {
  /** As it stands in the files. */
  readonly key: Uint8Array;
  readonly fields: readonly WalField[];
}

const NO_NUMBERS = new Float64Array(0);

export class WalChunk {
  /** By type and key. */
  readonly #pieces = new Map<string, Piece[]>();
  #sizeBytes = 0;

  /** Bytes of the entries that it holds. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(ordinal: number, { bytes, values }: Extract<WalEntry, { op: 'write' }>): void {
    this.#sizeBytes += bytes.byteLength;
    for (const each of values) {
      const id = `${Buffer.from(each.key.buffer, each.key.byteOffset, each.key.length).toString('latin1')} ${each.type}`;
      const piece = { ordinal, bytes, values: each };
      const known = this.#pieces.get(id);
      if (known === undefined) this.#pieces.set(id, [piece]);
      else known.push(piece);
    }
  }

  /** All that was added, in the order of the keys; the chunk is empty afterwards. Series without a value are left out. */
  *take(deletes: WalDeletes): Generator<WalSeries> {
    const all = [...this.#pieces.values()].toSorted((a, b) => compareBytes(a[0].values.key, b[0].values.key));
    this.#pieces.clear();
    this.#sizeBytes = 0;
    let key: Uint8Array | undefined;
    let fields: WalField[] = [];
    for (const pieces of all) {
      const { key: composite, type } = pieces[0].values;
      const end = seriesEnd(composite);
      const seriesKey = composite.subarray(0, end);
      if (key === undefined || compareBytes(key, seriesKey) !== 0) {
        if (key !== undefined && fields.length > 0) yield { key, fields };
        key = seriesKey;
        fields = [];
      }
      const block = blockOf(type, pieces, deletes);
      if (block !== undefined) fields.push({ name: fieldName(composite, end), type, block });
    }
    if (key !== undefined && fields.length > 0) yield { key, fields };
  }
}

/** The values of a key in order of time, those of one time in order of writing; undefined when all were deleted. */
function blockOf(type: FieldType, pieces: readonly Piece[], deletes: WalDeletes): Block | undefined {
  const isDeleted = deletes.of(pieces[0].values.key);
  const times: bigint[] = [];
  /** Where each value stands. */
  const views: DataView[] = [];
  const places: number[] = [];
  for (const { ordinal, bytes, values } of pieces) {
    let at = values.at;
    for (let index = 0; index < values.count; index++) {
      const timeNs = bytes.getBigInt64(at);
      if (isDeleted === undefined || !isDeleted(ordinal, timeNs)) {
        times.push(timeNs);
        views.push(bytes);
        places.push(at + 8);
      }
      at += valueBytes(type, bytes, at);
    }
  }
  if (times.length === 0) return undefined;
  const order = orderOf(times);
  const values = valuesOf(type, order, views, places);
  const notFinite =
    type === 'float' ? values.numbers.reduce((sum, each) => sum + (Number.isFinite(each) ? 0 : 1), 0) : 0;
  return { type, times: ascendingTimes(BigInt64Array.from(order, (row) => times[row])), values, notFinite };
}

/** Rows by time; the sort is stable. */
function orderOf(times: readonly bigint[]): Uint32Array {
  const rows = Uint32Array.from(times, (_, row) => row);
  let isInOrder = true;
  for (let row = 1; row < times.length; row++) if (times[row] < times[row - 1]) isInOrder = false;
  if (isInOrder) return rows;
  return rows.sort((a, b) => (times[a] < times[b] ? -1 : times[a] > times[b] ? 1 : 0));
}

function valuesOf(
  type: FieldType,
  order: Uint32Array,
  views: readonly DataView[],
  places: readonly number[],
): BlockValues {
  switch (type) {
    case 'float':
      return plain(Float64Array.from(order, (row) => views[row].getFloat64(places[row])));
    case 'boolean':
      return plain(Float64Array.from(order, (row) => (views[row].getUint8(places[row]) === 1 ? 1 : 0)));
    case 'string':
      return { numbers: NO_NUMBERS, wide: null, strings: stringsOf(order, views, places) };
    case 'integer':
    case 'unsigned':
      return integersOf(
        BigInt64Array.from(order, (row) => views[row].getBigInt64(places[row])),
        type === 'unsigned',
      );
  }
}

function plain(numbers: Float64Array): BlockValues {
  return { numbers, wide: null, strings: null };
}

function integersOf(all: BigInt64Array, isUnsigned: boolean): BlockValues {
  const numbers = new Float64Array(all.length);
  for (let row = 0; row < all.length; row++)
    numbers[row] = Number(isUnsigned ? BigInt.asUintN(64, all[row]) : all[row]);
  const isSafe = numbers.every((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER);
  return { numbers, wide: isSafe ? null : all, strings: null };
}

function stringsOf(order: Uint32Array, views: readonly DataView[], places: readonly number[]): StringColumn {
  const pieces = Array.from(order, (row) => {
    const view = views[row];
    const at = places[row];
    return new Uint8Array(view.buffer, view.byteOffset + at + 4, view.getUint32(at));
  });
  const starts = new Uint32Array(order.length);
  const ends = new Uint32Array(order.length);
  let at = 0;
  pieces.forEach((piece, row) => {
    starts[row] = at;
    at += piece.length;
    ends[row] = at;
  });
  return { text: Buffer.concat(pieces), starts, ends };
}

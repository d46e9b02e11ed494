// The first part of a line, `measurement,tag=value,…`, in full: every rule and error, and the canonical key. Fast lines
// do not come here, see `known-lines.ts`.
//
// As in InfluxDB a separator with a backslash before it is part of the name; backslashes do not escape each other.

const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const SPACE = 0x20;

export const MAX_KEY_BYTES = 65_535;
/** Up to so many tags are sorted by insertion. */
const MAX_INSERTED_TAGS = 32;

/** What `scanKey` finds out. Reused from line to line. */
export interface KeyScan {
  /** Just behind the key. */
  end: number;
  measurementEnd: number;
  tagCount: number;
  /** Tag t is `key=value` at [starts[t], ends[t]), in the order of the line. */
  starts: Int32Array;
  ends: Int32Array;
  /** Whether a tag value begins with a bare `=`. */
  strayEquals: boolean;
  /** Whether that order is the canonical one, so that the bytes of the line are the canonical key. */
  sorted: boolean;
}

export function newKeyScan(): KeyScan {
  return {
    end: 0,
    measurementEnd: 0,
    tagCount: 0,
    starts: new Int32Array(32),
    ends: new Int32Array(32),
    sorted: true,
    strayEquals: false,
  };
}

/** Reads the key of the line at [start, end). Returns what is wrong with it, or null. */
export function scanKey(bytes: Uint8Array, start: number, end: number, scan: KeyScan): string | null {
  scan.tagCount = 0;
  scan.sorted = true;
  scan.strayEquals = false;
  if (start >= end || bytes[start] === COMMA) return 'missing measurement';
  let at = start + 1;
  while (at < end && !isSeparator(bytes, at, COMMA)) at++;
  if (at >= end) return 'missing fields';
  scan.measurementEnd = at;
  const reason = bytes[at] === COMMA ? scanTags(bytes, at + 1, end, scan) : null;
  if (reason !== null) return reason;
  if (scan.tagCount === 0) scan.end = at;
  return checkKey(bytes, start, scan);
}

/** A space or `other` without a backslash before it. */
function isSeparator(bytes: Uint8Array, at: number, other: number): boolean {
  return (bytes[at] === SPACE || bytes[at] === other) && bytes[at - 1] !== BACKSLASH;
}

function scanTags(bytes: Uint8Array, start: number, end: number, scan: KeyScan): string | null {
  for (let at = start; ; at++) {
    if (scan.tagCount === scan.starts.length) growTags(scan);
    scan.starts[scan.tagCount] = at;
    if (at >= end || bytes[at] === SPACE || bytes[at] === COMMA || bytes[at] === EQUALS) return 'missing tag key';
    do {
      at++;
      if (at >= end || isSeparator(bytes, at, COMMA)) return 'missing tag value';
    } while (bytes[at] !== EQUALS || bytes[at - 1] === BACKSLASH);
    at++;
    if (at >= end || bytes[at] === COMMA || bytes[at] === SPACE) return 'missing tag value';
    if (bytes[at] === EQUALS) scan.strayEquals = true;
    do {
      at++;
      if (at >= end) return 'missing fields';
      if (bytes[at] === EQUALS && bytes[at - 1] !== BACKSLASH) return 'invalid tag format';
    } while (!isSeparator(bytes, at, COMMA));
    scan.ends[scan.tagCount++] = at;
    if (bytes[at] === SPACE) {
      scan.end = at;
      return null;
    }
  }
}

function growTags(scan: KeyScan): void {
  for (const name of ['starts', 'ends'] as const) {
    const grown = new Int32Array(2 * scan[name].length);
    grown.set(scan[name]);
    scan[name] = grown;
  }
}

/** Length, order of tags, duplicates. */
function checkKey(bytes: Uint8Array, start: number, scan: KeyScan): string | null {
  const length = scan.end - start;
  // InfluxDB overlooks this one `=`, and then has two spellings of one series.
  if (scan.strayEquals) return 'invalid tag format';
  if (length > MAX_KEY_BYTES) return keyTooLong(length);
  for (let tag = 1; tag < scan.tagCount; tag++) {
    const order = compareTagKeys(bytes, scan.starts[tag - 1], scan.starts[tag]);
    if (order === 0) return 'duplicate tags';
    if (order > 0) {
      scan.sorted = false;
      return sortTags(bytes, scan);
    }
  }
  return null;
}

export function keyTooLong(length: number): string {
  return `max key length exceeded: ${length} > ${MAX_KEY_BYTES}`;
}

function sortTags(bytes: Uint8Array, scan: KeyScan): string | null {
  if (scan.tagCount <= MAX_INSERTED_TAGS) insertTags(bytes, scan);
  else mergeTags(bytes, scan);
  for (let tag = 1; tag < scan.tagCount; tag++) {
    if (compareTagKeys(bytes, scan.starts[tag - 1], scan.starts[tag]) === 0) return 'duplicate tags';
  }
  return null;
}

function insertTags(bytes: Uint8Array, scan: KeyScan): void {
  const { starts, ends } = scan;
  for (let tag = 1; tag < scan.tagCount; tag++) {
    const start = starts[tag];
    const end = ends[tag];
    let to = tag;
    for (; to > 0 && compareTagKeys(bytes, starts[to - 1], start) > 0; to--) {
      starts[to] = starts[to - 1];
      ends[to] = ends[to - 1];
    }
    starts[to] = start;
    ends[to] = end;
  }
}

/** For many tags, in n log n. */
function mergeTags(bytes: Uint8Array, scan: KeyScan): void {
  const { starts, ends } = scan;
  const order = Array.from({ length: scan.tagCount }, (_, tag) => tag);
  order.sort((a, b) => compareTagKeys(bytes, starts[a], starts[b]));
  const sortedStarts = order.map((tag) => starts[tag]);
  const sortedEnds = order.map((tag) => ends[tag]);
  starts.set(sortedStarts);
  ends.set(sortedEnds);
}

/** Orders two tag keys, which end at an unescaped `=`, by the bytes of the names that they stand for. */
function compareTagKeys(bytes: Uint8Array, first: number, second: number): number {
  for (let a = first, b = second; ; a++, b++) {
    const aEnds = bytes[a] === EQUALS;
    const bEnds = bytes[b] === EQUALS;
    if (aEnds || bEnds) return aEnds === bEnds ? 0 : aEnds ? -1 : 1;
    if (isEscape(bytes, a)) a++;
    if (isEscape(bytes, b)) b++;
    if (bytes[a] !== bytes[b]) return bytes[a] - bytes[b];
  }
}

function isEscape(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1];
  return bytes[at] === BACKSLASH && (next === EQUALS || next === COMMA || next === SPACE);
}

/** Whether a tag is named `time`, which InfluxDB refuses once the line is parsed. */
export function hasTimeTag(bytes: Uint8Array, scan: KeyScan): boolean {
  for (let tag = 0; tag < scan.tagCount; tag++) {
    const at = scan.starts[tag];
    if (
      bytes[at] === 0x74 &&
      bytes[at + 1] === 0x69 &&
      bytes[at + 2] === 0x6d &&
      bytes[at + 3] === 0x65 &&
      bytes[at + 4] === EQUALS
    ) {
      return true;
    }
  }
  return false;
}

/** Writes the canonical key of a scanned one whose tags were sorted to `target`. Returns its length. */
export function writeCanonicalKey(bytes: Uint8Array, start: number, scan: KeyScan, target: Uint8Array): number {
  let length = copy(bytes, start, scan.measurementEnd, target, 0);
  for (let tag = 0; tag < scan.tagCount; tag++) {
    target[length++] = COMMA;
    length = copy(bytes, scan.starts[tag], scan.ends[tag], target, length);
  }
  return length;
}

function copy(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let to = at;
  for (let from = start; from < end; from++) target[to++] = bytes[from];
  return to;
}

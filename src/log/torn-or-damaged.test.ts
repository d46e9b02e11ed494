// A log with known changes, harmed in every way that a crash or a bad disk may harm it.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { crc32 as crc } from 'node:zlib';
import { isWeirError } from '../base/index.ts';
import type { Change } from './change.ts';
import type { LogEvent } from './log-event.ts';
import { viewsOf } from './frame-buffer.ts';
import { FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES, frameBytes, frameSeq } from './frame.ts';
import { type LogFiles, nodeLogFiles } from './log-files.ts';
import type { Log, SeriesTables } from './log.ts';
import { openDirectoryLog } from './open-directory-log.ts';
import { repairDirectoryLog } from './repair.ts';
import { point, readNumbers, seriesTables, temporaryDirectory } from './test-support/samples.ts';

const SEGMENT_BYTES = 1600;

/** Hundreds of logs are opened here, and no power is lost: spare the disk. */
const files: LogFiles = { ...nodeLogFiles, sync: async () => undefined, syncDirectory: async () => undefined };

/** Writes points 1, 2, … as the changes 1, 2, …: each group is one commit. */
async function makeLog(dir: string, groups: readonly number[], segmentSizeBytes = SEGMENT_BYTES): Promise<void> {
  const tables = seriesTables();
  const log = await openDirectoryLog({ dir, files, tables, segmentSizeBytes });
  let number = 0;
  for (const size of groups) {
    await Promise.all(Array.from({ length: size }, () => log.append(point(tables, ++number))));
  }
  await log.close();
}

/** What stands in the log of a copy of `from`, or the error that opening it gives; the copy has been harmed by `harm`. */
async function openHarmed(
  t: TestContext,
  from: string,
  harm: (dir: string) => Promise<void>,
): Promise<{ dir: string; numbers?: string[]; events: LogEvent[]; error?: Error; afterAppend?: string[] }> {
  const dir = join(await temporaryDirectory(t), 'log');
  await mkdir(dir);
  for (const name of await readdir(from)) {
    if (name.endsWith('.log')) await copyFile(join(from, name), join(dir, name));
  }
  await harm(dir);
  const events: LogEvent[] = [];
  const tables = seriesTables();
  let log: Log | undefined;
  try {
    log = await openDirectoryLog({ dir, files, tables, onEvent: (event) => events.push(event) });
    const numbers = await readNumbers(log, tables);
    await log.append(point(tables, 1000));
    return { dir, numbers, events, afterAppend: await readNumbers(log, tables) };
  } catch (error) {
    assert(error instanceof Error);
    return { dir, events, error };
  } finally {
    await log?.close();
  }
}

/** Names, in order, of segments that hold a change. */
async function filledSegments(dir: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of (await readdir(dir)).toSorted()) {
    if (name.endsWith('.log') && (await readFile(join(dir, name))).length > SEGMENT_HEADER_BYTES) names.push(name);
  }
  return names;
}

/** Where each frame of an intact segment starts, its seq, and the end. */
async function frames(path: string): Promise<{ offset: number; endBytes: number; seq: number }[]> {
  const bytes = await readFile(path);
  const views = viewsOf(new Uint8Array(bytes).buffer);
  const found = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += frameBytes(views, at)) {
    found.push({ offset: at, endBytes: at + frameBytes(views, at), seq: frameSeq(views, at) });
  }
  return found;
}

async function edit(path: string, change: (bytes: Buffer) => Uint8Array | void): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, change(bytes) ?? bytes);
}

const flip = (path: string, at: number): Promise<void> => edit(path, (bytes) => void (bytes[at] ^= 0x10));

/** `1:1` … `n:n`: what a log of these points reads as. */
function upTo(last: number, first = 1): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}:${first + i}`);
}

test('a last frame that is cut at any byte is torn; all before it stays', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [1, 1, 1, 1], 1 << 20);
  const name = '0000000000000001.log';
  const last = (await frames(join(dir, name)))[3];
  for (let cut = last.offset; cut < last.endBytes; cut++) {
    const found = await openHarmed(t, dir, (copy) => truncate(join(copy, name), cut));
    assert.equal(found.error, undefined, `cut at ${cut}`);
    assert.deepEqual(found.numbers, upTo(3));
    assert.deepEqual(found.afterAppend, [...upTo(3), '4:1000']);
    const sizeBytes = cut - last.offset;
    const event = { kind: 'tail cut', path: join(found.dir, name), offset: last.offset, sizeBytes };
    assert.deepEqual(found.events, sizeBytes === 0 ? [] : [event]);
    assert.equal((await readFile(join(found.dir, name))).length, last.offset);
  }
});

/** Ways to spoil the end of a segment, given its bytes and where its last commit starts. */
const tornEnds: [string, (bytes: Buffer, from: number) => Buffer][] = [
  ['zeros in place of it', (bytes, from) => bytes.fill(0, from)],
  [
    'zeros in place of it and far beyond',
    (bytes, from) => Buffer.concat([bytes.subarray(0, from), Buffer.alloc(70_000)]),
  ],
  ['zeros from the middle of it on', (bytes, from) => bytes.fill(0, from + 40)],
  ['zeros behind its first half', (bytes, from) => Buffer.concat([bytes.subarray(0, from + 50), Buffer.alloc(9000)])],
  ['a byte of its payload', (bytes, from) => spoil(bytes, from + 45)],
  ['a byte of its checksum', (bytes, from) => spoil(bytes, from + 2)],
  ['a byte of its length', (bytes, from) => spoil(bytes, from + 15)],
  ['garbage', (bytes, from) => bytes.fill(0xa5, from)],
];

function spoil(bytes: Buffer, at: number): Buffer {
  bytes[at] ^= 0xff;
  return bytes;
}

test('whatever the last commit left behind, when nothing follows it is torn', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [3, 1, 1], 1 << 20);
  const name = '0000000000000001.log';
  const last = (await frames(join(dir, name)))[4];
  for (const [what, harm] of tornEnds) {
    const found = await openHarmed(t, dir, (copy) => edit(join(copy, name), (bytes) => harm(bytes, last.offset)));
    assert.deepEqual(found.numbers, upTo(4), what);
    assert.deepEqual(found.afterAppend, [...upTo(4), '5:1000'], what);
    assert.equal(found.events.length, 1, what);
  }
});

test('a commit of which the disk kept only a later part is torn; one that was changed is damaged', async (t) => {
  const dir = await temporaryDirectory(t);
  // The last commit has many frames, so that some lie whole in later sectors.
  await makeLog(dir, [1, 2, 30], 1 << 20);
  const name = '0000000000000001.log';
  const all = await frames(join(dir, name));
  const start = all[3].offset;
  const sectorEnd = Math.ceil((start + 1) / 512) * 512;
  const holes = [
    [start, sectorEnd],
    [sectorEnd, sectorEnd + 512],
    [start, sectorEnd + 1024],
  ];
  for (const [from, to] of holes) {
    const found = await openHarmed(t, dir, (copy) => edit(join(copy, name), (bytes) => void bytes.fill(0, from, to)));
    const kept = all.filter((frame) => frame.endBytes <= from).length;
    assert.deepEqual(found.numbers, upTo(kept), `hole from ${from} to ${to}`);
  }
  for (const at of [start + 1, start + 12, start + 50, all[20].offset + 33]) {
    const found = await openHarmed(t, dir, (copy) => flip(join(copy, name), at));
    assert(isWeirError(found.error, 'corrupt'), `byte ${at}`);
  }
  // Within an earlier commit a hole is damage: what follows says that it was durable.
  const found = await openHarmed(t, dir, (copy) =>
    edit(join(copy, name), (bytes) => void bytes.fill(0, all[1].offset, all[3].offset)),
  );
  assert(isWeirError(found.error, 'corrupt'));
  assert.match(found.error.message, new RegExp(`${name} at byte ${all[1].offset}`));
});

test('a later header alone shows that a bad frame was durable', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [1, 1, 1], 1 << 20);
  const name = '0000000000000001.log';
  const [, second, third] = await frames(join(dir, name));
  const found = await openHarmed(t, dir, async (copy) => {
    await flip(join(copy, name), second.offset + 40);
    await truncate(join(copy, name), third.offset + FRAME_HEADER_BYTES + 8);
  });
  assert(isWeirError(found.error, 'corrupt'));
  const { lost } = await repairDirectoryLog(found.dir, files);
  assert.deepEqual(
    lost.map(({ fromSeq, toSeq, offset }) => [fromSeq, toSeq, offset]),
    [[2, 2, second.offset]],
  );
});

test('a flipped byte anywhere but in the last commit is found, named, and passed only by repair', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [1, 3, 2, 1, 1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 1]);
  const names = await filledSegments(dir);
  assert(names.length >= 3, `${names.length} segments`);
  const count = 21;
  let flips = 0;
  for (const [i, name] of names.entries()) {
    const all = await frames(join(dir, name));
    const isLast = i === names.length - 1;
    for (const [j, frame] of all.entries()) {
      if (isLast && j === all.length - 1) continue;
      // Each field of the header, then payload head, bucket, definitions or tables, last byte: a few in each frame.
      const places = [0, 5, 9, 13, 17, 25, 29, 34, 60, 100, frame.endBytes - frame.offset - 1];
      for (let k = 0; k < 3; k++) {
        const at = places[(3 * flips++) % places.length];
        const offset = frame.offset + at;
        const found = await openHarmed(t, dir, (copy) => flip(join(copy, name), offset));
        const what = `byte ${at} of change ${frame.seq} in ${name}`;
        assert(isWeirError(found.error, 'corrupt'), what);
        assert(found.error.message.includes(`${join(found.dir, name)} at byte ${frame.offset}:`), found.error.message);
        await checkRepair(found.dir, frame.seq, frame.seq, count, what);
      }
    }
  }
});

/** Repairs and finds all changes but those that are named lost, which must include [fromSeq, toSeq]. */
async function checkRepair(dir: string, fromSeq: number, toSeq: number, count: number, what: string): Promise<void> {
  const { lost } = await repairDirectoryLog(dir, files);
  const gone = new Set<number>();
  for (const part of lost) {
    assert(part.toSeq !== null, what);
    for (let seq = part.fromSeq; seq <= part.toSeq; seq++) gone.add(seq);
    if (part.savedTo === null) assert.equal(part.sizeBytes, 0);
    else assert.equal((await readFile(part.savedTo)).length, part.sizeBytes, what);
  }
  for (let seq = fromSeq; seq <= toSeq; seq++) assert(gone.has(seq), `${what}: ${seq} should be named as lost`);
  // A destroyed frame takes others with it only if these need a key that stands nowhere else.
  assert(gone.size <= toSeq - fromSeq + 3, `${what}: lost ${[...gone].join()}`);
  const expected = upTo(count).filter((_, i) => !gone.has(i + 1));
  for (let round = 0; round < 2; round++) {
    const tables = seriesTables();
    const log = await openDirectoryLog({ dir, files, tables });
    assert.deepEqual((await readNumbers(log, tables)).slice(0, expected.length), expected, what);
    assert.equal(await log.append(point(tables, 1000 + round)), count + round + 1, what);
    await log.close();
  }
  assert.deepEqual((await repairDirectoryLog(dir, files)).lost, [], 'there is nothing left to repair');
}

test('a segment that is missing, has a damaged header, or is damaged throughout', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const names = await filledSegments(dir);
  assert(names.length >= 3);
  const second = (await frames(join(dir, names[1]))).map(({ seq }) => seq);
  const [fromSeq, toSeq] = [second[0], second.at(-1) ?? 0];
  const cases: [string, (copy: string) => Promise<void>, string][] = [
    ['missing', (copy) => rm(join(copy, names[1])), names[0]],
    ['all zeros', (copy) => edit(join(copy, names[1]), (bytes) => void bytes.fill(0)), names[1]],
    ['emptied', (copy) => truncate(join(copy, names[1]), 0), names[1]],
    ['cut to its header', (copy) => truncate(join(copy, names[1]), SEGMENT_HEADER_BYTES), names[1]],
  ];
  for (const [what, harm, named] of cases) {
    const found = await openHarmed(t, dir, harm);
    assert(isWeirError(found.error, 'corrupt'), what);
    assert(found.error.message.includes(join(found.dir, named)), found.error.message);
    await checkRepair(found.dir, fromSeq, toSeq, 20, what);
  }
  for (const name of names) {
    for (const at of [0, 9, 13, 17, 30]) {
      const found = await openHarmed(t, dir, (copy) => flip(join(copy, name), at));
      assert(isWeirError(found.error, 'corrupt'), `byte ${at} of ${name}`);
      assert(found.error.message.includes(`${join(found.dir, name)} at byte 0:`), found.error.message);
      // The frames tell what the header would have told.
      await checkRepair(found.dir, 1, 0, 20, `byte ${at} of ${name}`);
    }
  }
});

test('a last segment that is lost altogether leaves the number of its changes open', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const name = (await filledSegments(dir)).at(-1) ?? '';
  const found = await openHarmed(t, dir, (copy) => edit(join(copy, name), (bytes) => void bytes.fill(7)));
  assert(isWeirError(found.error, 'corrupt'));
  const { lost } = await repairDirectoryLog(found.dir, files);
  const first = Number(name.slice(0, 16));
  assert.deepEqual(
    lost.map(({ path, fromSeq, toSeq }) => [basename(path), fromSeq, toSeq]),
    [[name, first, null]],
  );
  const tables = seriesTables();
  // The view knows better how far the log had come.
  const log = await openDirectoryLog({ dir: found.dir, files, tables, atLeastSeq: 13 });
  assert.deepEqual(await readNumbers(log, tables), upTo(first - 1));
  assert.equal(await log.append(point(tables, 14)), 14);
  await log.close();
});

test('stored bytes that look like frames change nothing', async (t) => {
  const source = await temporaryDirectory(t);
  await makeLog(source, [1, 1, 1], 1 << 20);
  const name = '0000000000000001.log';
  // A string field that holds a whole log, in a frame that is then torn.
  const text = new Uint8Array(await readFile(join(source, name)));
  const dir = await temporaryDirectory(t);
  const tables = seriesTables();
  const log = await openDirectoryLog({ dir, files, tables });
  await log.append(point(tables, 1));
  await log.append(withText(point(tables, 2), text));
  await log.close();
  const found = await openHarmed(t, dir, (copy) => edit(join(copy, name), (bytes) => bytes.subarray(0, -8)));
  assert.deepEqual(found.numbers, ['1:1']);
});

function withText(change: ReturnType<typeof point>, text: Uint8Array): Change {
  const [batch] = change.tables;
  const strings = { text, starts: Uint32Array.of(0), ends: Uint32Array.of(text.length) };
  const column = { name: 's', type: 'string', numbers: new Float64Array(0), wide: null, strings, valid: null } as const;
  return { ...change, tables: [{ ...batch, columns: [...batch.columns, column] }] };
}

test('a series that only a destroyed frame defined in its segment is found in others of the run', async (t) => {
  const dir = await temporaryDirectory(t);
  const tables = seriesTables();
  const log = await openDirectoryLog({ dir, files, tables, segmentSizeBytes: SEGMENT_BYTES });
  for (let number = 1; number <= 40; number++) await log.append(point(tables, 7 * number));
  await log.close();
  const expected = Array.from({ length: 40 }, (_, i) => `${i + 1}:${7 * (i + 1)}`);
  const [name] = await filledSegments(dir);
  const [firstFrame] = await frames(join(dir, name));
  const found = await openHarmed(t, dir, (copy) => flip(join(copy, name), firstFrame.offset + 50));
  assert(isWeirError(found.error, 'corrupt'));
  const { lost } = await repairDirectoryLog(found.dir, files);
  assert.deepEqual(
    lost.map(({ fromSeq, toSeq }) => [fromSeq, toSeq]),
    [[1, 1]],
  );
  const own: SeriesTables = seriesTables();
  const repaired = await openDirectoryLog({ dir: found.dir, files, tables: own });
  assert.deepEqual(await readNumbers(repaired, own), expected.slice(1));
  await repaired.close();
});

test('a log of a later format is neither opened nor repaired', async (t) => {
  const dir = await temporaryDirectory(t);
  await makeLog(dir, [1]);
  const path = join(dir, '0000000000000001.log');
  await edit(path, (bytes) => {
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(crc(bytes.subarray(0, 28)), 28);
  });
  const before = await readFile(path);
  const isRefused = (error: unknown): boolean => isWeirError(error, 'invalid') && /later version/.test(error.message);
  await assert.rejects(openDirectoryLog({ dir, files, tables: seriesTables() }), isRefused);
  await assert.rejects(repairDirectoryLog(dir, files), isRefused);
  assert.deepEqual(await readFile(path), before);
});

test('damage that comes about while the log is open stops the reader at its place', async (t) => {
  const dir = await temporaryDirectory(t);
  const tables = seriesTables();
  const log = await openDirectoryLog({ dir, files, tables });
  for (let number = 1; number <= 5; number++) await log.append(point(tables, number));
  const path = join(dir, '0000000000000001.log');
  const third = (await frames(path))[2];
  await flip(path, third.offset + 70);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { seq } of log.read(0)) seen.push(seq);
  })();
  await assert.rejects(
    reading,
    (error) => isWeirError(error, 'corrupt') && error.message.includes(`${path} at byte ${third.offset}:`),
  );
  assert.deepEqual(seen, [1, 2]);
  await log.close();
});

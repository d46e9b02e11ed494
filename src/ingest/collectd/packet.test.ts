import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWeirError } from '../../base/index.ts';
import { readPacket } from './packet.ts';
import { encrypted, identityParts, numberPart, part, signed, textPart, valuesPart } from './test-support/packets.ts';
import type { SourceKind } from './types-db.ts';

const passwordOf = (user: string): string | undefined => (user === 'alice' ? 'w0nderl4nd' : undefined);

interface Read {
  /** `none h/p-pi/t-ti time value,…` for each list, values as gauges. */
  readonly lists: readonly string[];
  readonly fault: string;
}

function read(...parts: readonly Uint8Array[]): Read {
  const lists: string[] = [];
  let fault = '';
  try {
    readPacket(Buffer.concat(parts), passwordOf, (list, level) => {
      const { host, plugin, pluginInstance, type, typeInstance, time, values } = list;
      const numbers = Array.from({ length: values.count }, (_, index) => values.value(index, 'gauge'));
      lists.push(`${level} ${host}/${plugin}-${pluginInstance}/${type}-${typeInstance} ${time} ${numbers.join()}`);
    });
  } catch (error) {
    assert.ok(isWeirError(error), String(error));
    fault = error.message;
  }
  return { lists, fault };
}

const LOAD = identityParts('h/load/load');
const VALUES = valuesPart(['gauge', 0.5], ['gauge', 1.5], ['gauge', 2]);
const READ_LOAD = 'h/load-/load- 1500000000000000000 0.5,1.5,2';

test('parts set what the values after them belong to', () => {
  const more = Buffer.concat([textPart(2, 'cpu'), textPart(3, '0'), textPart(4, 'cpu'), textPart(5, 'idle')]);
  assert.deepEqual(
    read(LOAD, VALUES, more, valuesPart(['derive', -7n]), textPart(5, 'user'), valuesPart(['counter', 8n])),
    {
      lists: [
        `none ${READ_LOAD}`,
        'none h/cpu-0/cpu-idle 1500000000000000000 -7',
        'none h/cpu-0/cpu-user 1500000000000000000 8',
      ],
      fault: '',
    },
  );
});

test('times: seconds, 2^-30 seconds rounded to nanoseconds, none, out of range', () => {
  const timeOf = (...parts: readonly Uint8Array[]): string => read(...parts, VALUES).lists[0].split(' ')[2];
  const fine = (seconds: bigint, fraction: bigint): Buffer => numberPart(8, (seconds << 30n) | fraction);
  assert.equal(timeOf(), 'null');
  assert.equal(timeOf(numberPart(1, 0n)), '0');
  assert.equal(timeOf(numberPart(1, 1_500_000_000n)), '1500000000000000000');
  assert.equal(timeOf(numberPart(1, 2n ** 63n)), 'null');
  assert.equal(timeOf(fine(0n, 0n)), 'null');
  assert.equal(timeOf(fine(1_500_000_000n, 0n)), '1500000000000000000');
  assert.equal(timeOf(fine(1_500_000_000n, 1n)), '1500000000000000001');
  assert.equal(timeOf(fine(1_500_000_000n, 1n << 29n)), '1500000000500000000');
  assert.equal(timeOf(fine(1_500_000_000n, (1n << 30n) - 1n)), '1500000000999999999');
  assert.equal(timeOf(numberPart(8, 2n ** 64n - 1n)), 'null');
});

test('values of each kind, also as another than was sent', () => {
  const valueOf = (...[kind, value, as]: readonly [SourceKind, number | bigint, SourceKind]): number => {
    let found = NaN;
    readPacket(valuesPart([kind, value]), passwordOf, ({ values }) => (found = values.value(0, as)));
    return found;
  };
  assert.equal(valueOf('gauge', -1.75, 'gauge'), -1.75);
  assert.equal(valueOf('gauge', -1.75, 'derive'), -1);
  assert.equal(valueOf('gauge', NaN, 'gauge'), NaN);
  assert.equal(valueOf('derive', -(2n ** 63n), 'derive'), -(2 ** 63));
  assert.equal(valueOf('derive', -1n, 'gauge'), -1);
  assert.equal(valueOf('derive', -1n, 'counter'), 2 ** 64);
  assert.equal(valueOf('counter', 2n ** 64n - 1n, 'counter'), 2 ** 64);
  assert.equal(valueOf('counter', 2n ** 53n + 1n, 'gauge'), 2 ** 53);
  assert.equal(valueOf('counter', 2n ** 53n + 3n, 'gauge'), 2 ** 53 + 4);
  assert.equal(valueOf('counter', 2n ** 64n - 1n, 'derive'), -1);
  assert.equal(valueOf('absolute', 2n ** 63n, 'absolute'), 2 ** 63);
});

test('what is damaged: an error, and what came before it', () => {
  const damaged = (fault: RegExp, ...parts: readonly Uint8Array[]): void => {
    const result = read(LOAD, VALUES, ...parts);
    assert.deepEqual(result.lists, [`none ${READ_LOAD}`]);
    assert.match(result.fault, fault);
  };
  damaged(/ends within a part/, Buffer.from([0, 0, 0]));
  damaged(/impossible length: 4/, Buffer.from([0, 0, 0, 4]));
  damaged(/impossible length: 6/, Buffer.from([0, 0, 0, 6, 0]));
  damaged(/zero byte/, part(0, Buffer.from('host')));
  damaged(/a number has 4 bytes/, part(1, Buffer.alloc(4)));
  damaged(/wrong length/, part(6, Buffer.from([0, 1, 1, 0])));
  damaged(/wrong length/, part(6, Buffer.from([1])));
  damaged(/wrong length/, part(6, Buffer.from([0xff, 0xff, 1])));
  damaged(/unknown kind: 4/, part(6, Buffer.from([0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0])));
  damaged(/signature is too short/, part(0x200, Buffer.alloc(32)));
  damaged(/encrypted part is too short/, part(0x210, Buffer.from([0, 1, 65])));
  damaged(/encrypted part is too short/, part(0x210, Buffer.from([0xff, 0xff, 65, 66])));
});

test('texts that are no text, parts that nobody knows', () => {
  const { lists, fault } = read(LOAD, part(0, Buffer.from([0xff, 0])), part(0x100, Buffer.from('message\0')), VALUES);
  assert.deepEqual([lists, fault], [['none null/load-/load- 1500000000000000000 0.5,1.5,2'], '']);
  assert.equal(read(textPart(0, '\ufffd'), VALUES).lists[0].split('/')[0], 'none \ufffd');
});

test('signed and encrypted parts', () => {
  const parts = Buffer.concat([LOAD, VALUES]);
  assert.deepEqual(read(signed(parts, 'alice', 'w0nderl4nd')), { lists: [`sign ${READ_LOAD}`], fault: '' });
  assert.deepEqual(read(encrypted(parts, 'alice', 'w0nderl4nd')), { lists: [`encrypt ${READ_LOAD}`], fault: '' });
  assert.deepEqual(read(LOAD, VALUES, encrypted(parts, 'alice', 'w0nderl4nd'), VALUES), {
    lists: [`none ${READ_LOAD}`, `encrypt ${READ_LOAD}`, `none ${READ_LOAD}`],
    fault: '',
  });
  assert.deepEqual(read(signed(parts, 'alice', 'wrong')), {
    lists: [],
    fault: 'the signature of user "alice" is wrong',
  });
  assert.deepEqual(read(signed(parts, 'bob', 'w0nderl4nd')), { lists: [], fault: 'there is no user "bob"' });
  assert.deepEqual(read(encrypted(parts, 'bob', 'x')), { lists: [], fault: 'there is no user "bob"' });
  assert.deepEqual(read(encrypted(parts, 'alice', 'wrong')), {
    lists: [],
    fault: 'what user "alice" has encrypted cannot be decrypted',
  });
  const changed = signed(parts, 'alice', 'w0nderl4nd');
  changed[changed.length - 1] ^= 1;
  assert.deepEqual(read(changed).lists, []);
});

test('no packet throws anything but an error with a reason', () => {
  const whole = Buffer.concat([LOAD, VALUES, encrypted(Buffer.concat([LOAD, VALUES]), 'alice', 'w0nderl4nd')]);
  const mutation = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255), end: fc.nat(whole.length) });
  fc.assert(
    fc.property(mutation, ({ at, value, end }) => {
      const packet = Buffer.from(whole);
      packet[at] = value;
      read(packet.subarray(0, end));
    }),
    { numRuns: 1000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void read(bytes)));
});

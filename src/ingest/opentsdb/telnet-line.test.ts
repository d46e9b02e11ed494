import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TelnetParser } from './telnet-line.ts';

function becomes(line: string, point: string | null, ...faults: readonly string[]): void {
  test(`telnet: ${line}`, () => {
    const told: string[] = [];
    const parser = new TelnetParser((kind) => told.push(kind));
    for (let round = 0; round < 2; round++) {
      assert.equal(parser.parse(line), point);
      assert.deepEqual(told.splice(0), faults);
    }
  });
}

becomes('put sys.cpu 1356998400 42.5 host=a cpu=0', 'sys.cpu,cpu=0,host=a value=42.5 1356998400000000000\n');
becomes('put sys.cpu 1356998400123 -1e3', 'sys.cpu value=-1000 1356998400123000000\n');
becomes('put   sys.cpu\t1356998400  0 a=b=c', 'sys.cpu,a=b\\=c value=0 1356998400000000000\n');
becomes(
  'put m 1356998400 1 host host= =a b=c',
  'm,b=c value=1 1356998400000000000\n',
  'tlBadTag',
  'tlBadTag',
  'tlBadTag',
);
becomes('put m 1356998400 1 a=1 a=2', 'm,a=2 value=1 1356998400000000000\n');
becomes('put m 1356998400', null, 'tlBadLine');
becomes('get m 1356998400 1', null, 'tlBadLine');
becomes('PUT m 1356998400 1', null, 'tlBadLine');
becomes('stats', null, 'tlBadLine');
becomes('put #m 1356998400 1', null, 'tlBadLine');
becomes('put m 135699840 1', null, 'tlBadTime');
becomes('put m 135699840012 1', null, 'tlBadTime');
becomes('put m 13569984x0 1', null, 'tlBadTime');
becomes('put m -135699840 1', null, 'tlBadTime');
becomes('put m 1356998400 many', null, 'tlBadFloat');
becomes('put m 1356998400 NaN', null, 'tlBadFloat');
becomes('put m 1356998400 inf', null, 'tlBadFloat');

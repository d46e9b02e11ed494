import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { type Credentials, readCredentials } from './credentials.ts';

function read(query: string, authorization?: string): Credentials | null {
  const request = { headers: { authorization } } as IncomingMessage;
  return readCredentials({ request, parameters: new URLSearchParams(query) });
}

const user = (name: string, password: string): Credentials => ({ kind: 'password', name, password });
const basic = (text: string): string => Buffer.from(text).toString('base64');
const onTheWire = (text: string): string => Buffer.from(text).toString('latin1');

test('where credentials stand', () => {
  const cases: readonly (readonly [expected: Credentials | null, query: string, authorization?: string])[] = [
    [null, ''],
    [user('a', 'b c'), 'u=a&p=b+c'],
    [user('ä', '&'), 'u=%C3%A4&p=%26'],
    // The URL goes before the header, when it has both.
    [user('a', 'b'), 'u=a&p=b', `Basic ${basic('c:d')}`],
    [user('c', 'd'), 'u=a', `Basic ${basic('c:d')}`],
    [user('c', 'd'), 'u=a&p=', `Basic ${basic('c:d')}`],
    [user('c', 'd:e'), '', `Basic ${basic('c:d:e')}`],
    [user('c', 'ü'), '', `bAsIc ${basic('c:ü')}`],
    [user('', 'd'), '', `Basic ${basic(':d')}`],
    [user('c', ''), '', `Basic ${basic('c:')}`],
    [null, '', `Basic ${basic('cd')}`],
    [null, '', 'Basic'],
    [null, '', 'Basic ???'],
    [null, '', `Basic ${basic('cc:d').replace('=', '')}`],
    [null, '', `Basic  ${basic('c:d')}`],
    [user('c', 'd'), '', 'Token c:d'],
    [user('c', 'd:e'), '', 'Token c:d:e'],
    [user('ç', 'd'), '', `Token ${onTheWire('ç:d')}`],
    [null, '', 'Token cd'],
    [null, '', 'token c:d'],
    [null, '', 'Token c:d e'],
    [{ kind: 'bearer', token: 'a.b.c' }, '', 'Bearer a.b.c'],
    [null, '', 'bearer a.b.c'],
    [null, '', 'Bearer a b'],
    [null, '', 'Digest x'],
  ];
  for (const [expected, query, authorization] of cases) {
    assert.deepEqual(read(query, authorization), expected, `${query} ${authorization}`);
  }
});

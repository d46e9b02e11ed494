import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { readWebToken } from './json-web-token.ts';

const NOW = 1_700_000_000;
const SECRET = 'sesame';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(head: string, body: string, hash = 'sha256', secret = SECRET): string {
  return `${head}.${body}.${createHmac(hash, secret).update(`${head}.${body}`).digest('base64url')}`;
}

function token(
  claims: unknown,
  header: unknown = { alg: 'HS256', typ: 'JWT' },
  hash = 'sha256',
  secret = SECRET,
): string {
  return sign(encode(header), encode(claims), hash, secret);
}

const GOOD = { username: 'u', exp: NOW + 1 };

test('good tokens', () => {
  assert.equal(readWebToken(token(GOOD), SECRET, NOW), 'u');
  assert.equal(readWebToken(token(GOOD, { alg: 'HS384' }, 'sha384'), SECRET, NOW), 'u');
  assert.equal(readWebToken(token(GOOD, { alg: 'HS512' }, 'sha512'), SECRET, NOW), 'u');
  assert.equal(readWebToken(token({ username: 'ü "', exp: NOW, iat: NOW, nbf: NOW, more: [1] }), SECRET, NOW), 'ü "');
});

test('bad tokens, with the words of InfluxDB', () => {
  const cases: readonly (readonly [message: string, token: string])[] = [
    ['token contains an invalid number of segments', ''],
    ['token contains an invalid number of segments', 'a.b'],
    ['token contains an invalid number of segments', `${token(GOOD)}.x`],
    ['illegal base64 data at input byte 2', 'ab!d.e.f'],
    ['illegal base64 data at input byte 4', 'abcde.e.f'],
    ['token header is not JSON', `${Buffer.from('{').toString('base64url')}.e.f`],
    ['token header is not a JSON object', `${encode([])}.e.f`],
    ['token body is not a JSON object', sign(encode({ alg: 'HS256' }), encode(null))],
    ['signing method (alg) is unspecified.', token(GOOD, {})],
    ['signing method (alg) is unspecified.', token(GOOD, { alg: 1 })],
    ['signing method (alg) is unavailable.', token(GOOD, { alg: 'HS1' })],
    ['signing method (alg) is unavailable.', token(GOOD, { alg: 'hs256' })],
    ['unexpected signing method: none', `${encode({ alg: 'none' })}.${encode(GOOD)}.`],
    ['unexpected signing method: RS256', token(GOOD, { alg: 'RS256' })],
    ['signature is invalid', token(GOOD, { alg: 'HS256' }, 'sha256', 'other')],
    ['signature is invalid', token(GOOD, { alg: 'HS256' }, 'sha512')],
    ['signature is invalid', `${encode({ alg: 'HS256' })}.${encode(GOOD)}.`],
    ['signature is invalid', token({ ...GOOD, exp: NOW - 1 }, { alg: 'HS256' }, 'sha256', 'other')],
    ['Token is expired', token({ ...GOOD, exp: NOW - 1 })],
    ['Token is expired', token({ ...GOOD, exp: -5 })],
    ['Token used before issued', token({ ...GOOD, iat: NOW + 1 })],
    ['Token is not valid yet', token({ ...GOOD, nbf: NOW + 1 })],
    ['token expiration required', token({ username: 'u' })],
    ['token expiration required', token({ ...GOOD, exp: 0 })],
    ['token expiration required', token({ ...GOOD, exp: `${NOW + 1}` })],
    ['username in token must be a string', token({ exp: NOW })],
    ['username in token must be a string', token({ ...GOOD, username: 7 })],
    ['token must contain a username', token({ ...GOOD, username: '' })],
  ];
  for (const [message, text] of cases) {
    assert.throws(() => readWebToken(text, SECRET, NOW), { code: 'unauthorized', message }, text);
  }
});

// JSON Web Tokens (RFC 7519) as InfluxDB takes them: signed with a secret that both sides know, never without an end.
//
//     base64url({"alg":"HS256",…}) . base64url({"username":"u","exp":1700000000,…}) . base64url(HMAC of what stands before)
import { createHmac, timingSafeEqual } from 'node:crypto';
import { WeirError } from '../../base/index.ts';

const HASHES: ReadonlyMap<unknown, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);

/** Algorithms that exist and that InfluxDB refuses by name. */
const UNEXPECTED = /^(?:none|[RPE]S(?:256|384|512))$/;

type Members = Readonly<Record<string, unknown>>;

/** The user that a token names. Throws `unauthorized` with InfluxDB's texts. */
export function readWebToken(token: string, secret: string, nowSeconds: number): string {
  const parts = token.split('.');
  if (parts.length !== 3) throw unauthorized('token contains an invalid number of segments');
  const [header, body, signature] = parts;
  const { alg } = readMembers(header, 'header');
  const claims = readMembers(body, 'body');
  if (typeof alg !== 'string') throw unauthorized('signing method (alg) is unspecified.');
  const hash = HASHES.get(alg);
  if (hash === undefined) {
    throw unauthorized(
      UNEXPECTED.test(alg) ? `unexpected signing method: ${alg}` : 'signing method (alg) is unavailable.',
    );
  }
  const expected = createHmac(hash, secret).update(`${header}.${body}`).digest();
  const given = decode(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw unauthorized('signature is invalid');
  checkTimes(claims, nowSeconds);
  return usernameOf(claims);
}

function readMembers(segment: string, what: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(decode(segment).toString('utf8'));
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw unauthorized(`token ${what} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unauthorized(`token ${what} is not a JSON object`);
  }
  return value as Members;
}

/** Without padding. Node's decoder reads past anything, Go's names the first byte that it cannot read. */
function decode(segment: string): Buffer {
  const bad = segment.search(/[^A-Za-z0-9_-]/);
  if (bad >= 0 || segment.length % 4 === 1) {
    throw unauthorized(`illegal base64 data at input byte ${bad >= 0 ? bad : segment.length - 1}`);
  }
  return Buffer.from(segment, 'base64url');
}

function checkTimes({ exp, iat, nbf }: Members, nowSeconds: number): void {
  if (isTime(nbf) && nowSeconds < Math.trunc(nbf)) throw unauthorized('Token is not valid yet');
  if (isTime(iat) && nowSeconds < Math.trunc(iat)) throw unauthorized('Token used before issued');
  if (isTime(exp) && nowSeconds > Math.trunc(exp)) throw unauthorized('Token is expired');
  if (!isTime(exp)) throw unauthorized('token expiration required');
}

/** 0 means "not given". */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value !== 0;
}

function usernameOf({ username }: Members): string {
  if (typeof username !== 'string') throw unauthorized('username in token must be a string');
  if (username === '') throw unauthorized('token must contain a username');
  return username;
}

function unauthorized(text: string): WeirError {
  return new WeirError('unauthorized', text);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDestination } from './subscription.ts';

test('destinations need a known scheme and a port', () => {
  for (const url of [
    'udp://h01:9090',
    'http://h:80',
    'HTTPS://h.example.com:1/path?db=x#y',
    'http://user:p%40ss@h:8086',
    'http://127.0.0.1:8086',
    'udp://[::1]:9090',
    'udp://[fe80::1%25eth0]:9090',
    'udp://:9090',
    'udp://h:65535',
  ]) {
    checkDestination(url);
  }
  for (const url of [
    '',
    'h:9090',
    'udp://',
    'udp://h',
    'udp://h:',
    'udp://h:x',
    'tcp://h:1',
    'udp:/h:1',
    'udp://a b:1',
    'udp://h:1 ',
    'udp://::1:9090',
    'udp://h:65536',
    'udp://h:1:2',
    'http://h/x:1',
  ]) {
    assert.throws(() => checkDestination(url), { code: 'invalid', message: `invalid subscription URL: ${url}` }, url);
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { type TestCertificate, makeCertificate } from './test-support/certificate.ts';
import { serve } from './test-support/test-server.ts';
import { type TlsSettings, loadTls } from './tls-options.ts';

async function inDirectory(t: TestContext): Promise<{ dir: string; files: TestCertificate }> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-tls-'));
  t.after(() => rm(dir, { recursive: true }));
  return { dir, files: await makeCertificate(dir, 'one') };
}

const PLAIN: Omit<TlsSettings, 'certificateFile' | 'privateKeyFile'> = { minVersion: '', maxVersion: '', ciphers: [] };

test('HTTPS with the key in the same file or another one; plain HTTP is not answered there', async (t) => {
  const { files } = await inDirectory(t);
  const ca = await readFile(files.certificateFile);
  for (const [certificateFile, privateKeyFile] of [
    [files.bothFile, ''],
    [files.certificateFile, files.privateKeyFile],
  ]) {
    const tls = await loadTls({ certificateFile, privateKeyFile, ...PLAIN });
    const { host, port } = await serve(t, { phase: 'closing' }, { tls });
    const sent = request({ host, port, path: '/metrics', ca, agent: false }).end();
    const [response] = await once(sent, 'response');
    assert.equal(response.statusCode, 200);
    response.resume();
    await assert.rejects(fetch(`http://${host}:${port}/metrics`));
  }
});

test('versions and ciphers are those of the settings', async (t) => {
  const { files } = await inDirectory(t);
  const common = { certificateFile: files.bothFile, privateKeyFile: '', ...PLAIN };
  const ca = await readFile(files.certificateFile);
  const negotiated = async (settings: Partial<TlsSettings>, client: ConnectionOptions): Promise<string> => {
    const { host, port } = await serve(t, { phase: 'closing' }, { tls: await loadTls({ ...common, ...settings }) });
    const socket = connect({ host, port, ca, ...client });
    try {
      await once(socket, 'secureConnect');
      return `${socket.getProtocol()} ${socket.getCipher().standardName}`;
    } catch {
      return 'refused';
    } finally {
      socket.destroy();
    }
  };
  const old: ConnectionOptions = { maxVersion: 'TLSv1.2' };
  assert.match(await negotiated({}, {}), /^TLSv1\.3 /);
  assert.match(await negotiated({}, old), /^TLSv1\.2 /);
  assert.equal(await negotiated({ minVersion: 'tls1.3' }, old), 'refused');
  assert.match(await negotiated({ maxVersion: 'TLS1.2' }, {}), /^TLSv1\.2 /);
  const names = ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA'];
  for (const name of names) {
    const expected = `TLSv1.2 ${name.replace(/POLY1305$/, '$&_SHA256')}`;
    assert.equal(await negotiated({ ciphers: [name] }, old), expected);
  }
  assert.match(await negotiated({ ciphers: names }, {}), /^TLSv1\.3 /);
});

test('what cannot be used names the setting and the file', async (t) => {
  const { dir, files } = await inDirectory(t);
  const other = await makeCertificate(dir, 'two');
  const text = join(dir, 'text');
  await writeFile(text, 'hello');
  const missing = join(dir, 'missing');
  const cases: readonly (readonly [expected: RegExp, settings: Partial<TlsSettings>])[] = [
    [/^http\.https-certificate: cannot read .*missing: ENOENT/, { certificateFile: missing }],
    [/^http\.https-private-key: cannot read .*missing: ENOENT/, { privateKeyFile: missing }],
    [/^http\.https-certificate: cannot read .*: EISDIR/, { certificateFile: dir }],
    [/^http\.https-certificate: expected a certificate and its private key in .*text: /, { certificateFile: text }],
    [/^http\.https-certificate: expected .* in .*one\.crt: /, { certificateFile: files.certificateFile }],
    [/^http\.https-certificate: expected .* in .*one\.pem and .*two\.key: /, { privateKeyFile: other.privateKeyFile }],
    [/^tls\.min-version: expected tls1\.0, .*, found "ssl3\.0"$/, { minVersion: 'ssl3.0' }],
    [/^tls\.max-version: expected .*, found "1\.4"$/, { maxVersion: '1.4' }],
    [/^tls\.ciphers: there is no cipher "TLS_RSA_WITH_RC4_128_SHA"/, { ciphers: ['TLS_RSA_WITH_RC4_128_SHA'] }],
    [/^tls\.ciphers: there is no cipher "ALL:eNULL"/, { ciphers: ['ALL:eNULL'] }],
  ];
  for (const [message, settings] of cases) {
    const whole = { certificateFile: files.bothFile, privateKeyFile: '', ...PLAIN, ...settings };
    await assert.rejects(loadTls(whole), { code: 'invalid', message }, JSON.stringify(settings));
  }
});

// Certificates for tests, made by the openssl command line: a pair of PEM files in a directory.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestCertificate {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  /** Both in one file. */
  readonly bothFile: string;
}

/** Self-signed, for `localhost` and 127.0.0.1. */
export async function makeCertificate(dir: string, name: string): Promise<TestCertificate> {
  const [certificateFile, privateKeyFile, bothFile] = ['crt', 'key', 'pem'].map((end) => join(dir, `${name}.${end}`));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await run('openssl', [
    ...['req', '-x509', '-days', '2', ...newKey, ...subject, '-keyout', privateKeyFile, '-out', certificateFile],
  ]);
  await writeFile(bothFile, (await readFile(privateKeyFile, 'utf8')) + (await readFile(certificateFile, 'utf8')));
  return { certificateFile, privateKeyFile, bothFile };
}

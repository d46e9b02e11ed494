// HTTPS as InfluxDB configures it: PEM files for certificate and key, versions as `tls1.2`, ciphers by their IANA names.
import { readFile } from 'node:fs/promises';
import { type SecureVersion, createSecureContext, getCiphers } from 'node:tls';
import { WeirError, messageOf } from '../base/index.ts';

export interface TlsSettings {
  readonly certificateFile: string;
  /** Empty = the key stands in the file of the certificate. */
  readonly privateKeyFile: string;
  /** Empty = the default. */
  readonly minVersion: string;
  /** Empty = the default. */
  readonly maxVersion: string;
  /** None = the default. */
  readonly ciphers: readonly string[];
}

export interface TlsOptions {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
}

const VERSIONS: ReadonlyMap<string, SecureVersion> = new Map([
  ['1.0', 'TLSv1'],
  ['1.1', 'TLSv1.1'],
  ['1.2', 'TLSv1.2'],
  ['1.3', 'TLSv1.3'],
]);

/** Those of TLS 1.3 are always offered, as in InfluxDB. */
const TLS13_CIPHERS = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

/** Rejects with `invalid`, naming the setting and the file, for what cannot be used. */
export async function loadTls(settings: TlsSettings): Promise<TlsOptions> {
  const { certificateFile, privateKeyFile } = settings;
  const cert = await readPem('http.https-certificate', certificateFile);
  const key = privateKeyFile === '' ? cert : await readPem('http.https-private-key', privateKeyFile);
  const options: TlsOptions = {
    cert,
    key,
    ...version('minVersion', 'tls.min-version', settings.minVersion),
    ...version('maxVersion', 'tls.max-version', settings.maxVersion),
    ...(settings.ciphers.length === 0 ? {} : { ciphers: cipherList(settings.ciphers) }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const files = privateKeyFile === '' ? certificateFile : `${certificateFile} and ${privateKeyFile}`;
    const expected = `expected a certificate and its private key in ${files}`;
    throw new WeirError('invalid', `http.https-certificate: ${expected}: ${messageOf(error)}`, error);
  }
  return options;
}

async function readPem(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new WeirError('invalid', `${setting}: cannot read ${file}: ${messageOf(error)}`, error);
  }
}

function version<K extends 'minVersion' | 'maxVersion'>(name: K, setting: string, text: string) {
  if (text === '') return {};
  const found = VERSIONS.get(text.toLowerCase().replace(/^tls/, ''));
  if (found === undefined) {
    throw new WeirError('invalid', `${setting}: expected tls1.0, tls1.1, tls1.2 or tls1.3, found "${text}"`);
  }
  return { [name]: found } as Record<K, SecureVersion>;
}

function cipherList(names: readonly string[]): string {
  const known = new Set(getCiphers());
  const ciphers = names.map((name) => {
    const cipher = opensslName(name.toUpperCase());
    if (!known.has(cipher.toLowerCase())) {
      throw new WeirError('invalid', `tls.ciphers: there is no cipher "${name}", or it is too weak to be offered`);
    }
    return cipher;
  });
  return [...new Set([...TLS13_CIPHERS, ...ciphers])].join(':');
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` to OpenSSL; TLS 1.3's keep their names. */
function opensslName(name: string): string {
  if (!name.includes('_WITH_')) return name;
  return name
    .replace(/^TLS_/, '')
    .replace('_WITH_', '_')
    .replace(/^RSA_/, '')
    .replace(/AES_(128|256)/, 'AES$1')
    .replace('_CBC', '')
    .replace(/POLY1305_SHA256$/, 'POLY1305')
    .replaceAll('_', '-');
}

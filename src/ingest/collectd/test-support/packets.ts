// Makes packets of collectd's network protocol.
import { createCipheriv, createHash, createHmac } from 'node:crypto';

export function part(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(4 + payload.length, 2);
  return Buffer.concat([header, payload]);
}

export function textPart(type: number, text: string): Buffer {
  return part(type, Buffer.from(`${text}\0`));
}

export function numberPart(type: number, value: bigint): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeBigUInt64BE(value);
  return part(type, payload);
}

export type WireValue = readonly ['counter' | 'gauge' | 'derive' | 'absolute', number | bigint];

export function valuesPart(...values: readonly WireValue[]): Buffer {
  const payload = Buffer.alloc(2 + 9 * values.length);
  payload.writeUInt16BE(values.length, 0);
  values.forEach(([kind, value], index) => {
    const at = 2 + values.length + 8 * index;
    payload[2 + index] = ['counter', 'gauge', 'derive', 'absolute'].indexOf(kind);
    if (kind === 'gauge') payload.writeDoubleLE(Number(value), at);
    else payload.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), at);
  });
  return part(0x0006, payload);
}

/** `host/plugin[-instance]/type[-instance]` and a time in seconds. */
export function identityParts(name: string, timeSeconds = 1_500_000_000): Buffer {
  const [host, plugin, type] = name.split('/');
  const [pluginName, pluginInstance = ''] = plugin.split('-');
  const [typeName, typeInstance = ''] = type.split('-');
  return Buffer.concat([
    textPart(0x0000, host),
    numberPart(0x0001, BigInt(timeSeconds)),
    numberPart(0x0007, 10n),
    textPart(0x0002, pluginName),
    textPart(0x0003, pluginInstance),
    textPart(0x0004, typeName),
    textPart(0x0005, typeInstance),
  ]);
}

/** The parts with a signature before them. */
export function signed(parts: Uint8Array, user: string, password: string): Buffer {
  const signature = createHmac('sha256', password).update(user).update(parts).digest();
  return Buffer.concat([part(0x0200, Buffer.concat([signature, Buffer.from(user)])), parts]);
}

export function encrypted(parts: Uint8Array, user: string, password: string): Buffer {
  const iv = Buffer.alloc(16, 7);
  const cipher = createCipheriv('aes-256-ofb', createHash('sha256').update(password).digest(), iv);
  const checksum = createHash('sha1').update(parts).digest();
  const userLength = Buffer.alloc(2);
  userLength.writeUInt16BE(Buffer.byteLength(user));
  return part(
    0x0210,
    Buffer.concat([userLength, Buffer.from(user), iv, cipher.update(checksum), cipher.update(parts), cipher.final()]),
  );
}

// Signed and encrypted parts of packets. What is sealed:
//
//     signed      HMAC-SHA-256 of user and all that follows (32 bytes), user              the values follow the part
//     encrypted   length of user (2 bytes), user, IV (16 bytes),
//                 AES-256-OFB under SHA-256 of the password of: SHA-1 of the rest (20 bytes), rest: the values
import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { WeirError } from '../../base/index.ts';

/** undefined for a user whom nobody knows. */
export type PasswordOf = (user: string) => string | undefined;

const SIGNATURE_BYTES = 32;
const IV_BYTES = 16;
const CHECKSUM_BYTES = 20;

/** Throws `unauthorized` when the signature is not that of `following`. */
export function checkSignature(part: Buffer, following: Buffer, passwordOf: PasswordOf): void {
  if (part.length <= SIGNATURE_BYTES) throw new WeirError('invalid', 'a signature is too short');
  const userBytes = part.subarray(SIGNATURE_BYTES);
  const expected = createHmac('sha256', lookUp(userBytes, passwordOf)).update(userBytes).update(following).digest();
  if (!timingSafeEqual(expected, part.subarray(0, SIGNATURE_BYTES))) {
    throw new WeirError('unauthorized', `the signature of user ${shown(userBytes)} is wrong`);
  }
}

/** The parts that were encrypted. Throws `unauthorized` when the password does not fit. */
export function decryptParts(part: Buffer, passwordOf: PasswordOf): Buffer {
  const userEnd = part.length < 2 ? Infinity : 2 + part.readUInt16BE(0);
  const start = userEnd + IV_BYTES;
  if (start + CHECKSUM_BYTES >= part.length) throw new WeirError('invalid', 'an encrypted part is too short');
  const userBytes = part.subarray(2, userEnd);
  const key = createHash('sha256').update(lookUp(userBytes, passwordOf)).digest();
  const decipher = createDecipheriv('aes-256-ofb', key, part.subarray(userEnd, start));
  const plain = Buffer.concat([decipher.update(part.subarray(start)), decipher.final()]);
  const parts = plain.subarray(CHECKSUM_BYTES);
  if (!createHash('sha1').update(parts).digest().equals(plain.subarray(0, CHECKSUM_BYTES))) {
    throw new WeirError('unauthorized', `what user ${shown(userBytes)} has encrypted cannot be decrypted`);
  }
  return parts;
}

function lookUp(userBytes: Buffer, passwordOf: PasswordOf): string {
  const password = passwordOf(userBytes.toString());
  if (password === undefined) throw new WeirError('unauthorized', `there is no user ${shown(userBytes)}`);
  return password;
}

function shown(userBytes: Buffer): string {
  return JSON.stringify(userBytes.toString());
}

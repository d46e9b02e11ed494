// Which names line protocol can say. It has no escape for a backslash or a newline: a backslash is an escape where a
// separator follows and itself elsewhere, so some names of other origin cannot be written down.
import { WeirError } from '../base/index.ts';

const NUL = 0x00;
const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;
const BACKSLASH = 0x5c;

/** The bytes of a field's name with its escapes and the `=` behind it. Throws `invalid` for a name that cannot be said. */
export function encodeFieldName(name: string): Uint8Array {
  // A separator with an odd number of backslashes before it would get an even number, which escapes nothing.
  const isSayable =
    name !== '' && !/^[\0\t]|\\$/.test(name) && !/(?<!\\)(\\\\)*\\[,= ]/.test(name) && !/(?<!\\)(\\\\)*\n/.test(name);
  if (!isSayable) throw new WeirError('invalid', `field name ${JSON.stringify(name)} has no line protocol`);
  return new TextEncoder().encode(`${name.replace(/[,"= ]/g, '\\$&')}=`);
}

/** Whether a canonical series key can begin a line. */
export function isEncodableKey(key: Uint8Array): boolean {
  const first = key[0];
  if (key.length === 0 || first === HASH || first === SPACE || first === TAB || first === NUL) return false;
  for (let at = key.indexOf(NEWLINE); at >= 0; at = key.indexOf(NEWLINE, at + 1)) {
    let slashes = 0;
    while (slashes < at && key[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return false;
  }
  return true;
}

// The parameter `stored` of /query and /write: policies of a ladder as they are stored.
import { WeirError } from '../base/index.ts';
import { STORED_PARTS, type StoredPart } from '../ladder/index.ts';

/** undefined where it is not given. Throws `invalid` for what is no part. */
export function readStored(text: string): StoredPart | undefined {
  if (text === '') return undefined;
  const part = STORED_PARTS.find((each) => each === text);
  if (part !== undefined) return part;
  throw new WeirError('invalid', `expected one of ${STORED_PARTS.join(', ')} as "stored", found "${text}"`);
}

// How commands print what is copied.
import type { CopyProgress } from '../../backup/index.ts';

export function copyText({ doneObjects, objectCount, copiedBytes }: CopyProgress): string {
  return `${doneObjects} of ${objectCount} objects, ${sizeText(copiedBytes)} copied`;
}

/** `12 bytes`, `3.4 MiB` */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const exponent = Math.min(Math.floor(Math.log2(bytes) / 10), 4);
  return `${(bytes / 1024 ** exponent).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][exponent]}`;
}

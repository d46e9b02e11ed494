// The TSM files of a shard, open to be read side by side.
import type { SurveyedTsm } from './survey.ts';
import type { OpenTsm } from './series-cursor.ts';
import { TsmFile } from '../tsm/tsm-file.ts';
import { TsmIndex } from '../tsm/tsm-index.ts';

/** Each file has two buffers. There may be a few files or thousands. */
const LEAST_WINDOW_BYTES = 16 * 1024;
const MOST_WINDOW_BYTES = 1024 * 1024;
const ALL_WINDOWS_BYTES = 64 * 1024 * 1024;

/** Whoever calls closes them. */
export function openTsmFiles(files: readonly SurveyedTsm[]): OpenTsm[] {
  const share = Math.floor(ALL_WINDOWS_BYTES / (2 * Math.max(1, files.length)));
  const windowBytes = Math.max(LEAST_WINDOW_BYTES, Math.min(MOST_WINDOW_BYTES, share));
  const opened: OpenTsm[] = [];
  try {
    for (const { path, tombstones, damagedBlocks, indexEnd } of files) {
      const file = new TsmFile(path, windowBytes);
      opened.push({ file, index: new TsmIndex(file, windowBytes, indexEnd), tombstones, damagedBlocks });
    }
  } catch (error) {
    closeTsmFiles(opened);
    throw error;
  }
  return opened;
}

export function closeTsmFiles(files: readonly OpenTsm[]): void {
  for (const { file, index } of files) {
    index.close();
    file.close();
  }
}

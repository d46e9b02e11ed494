// One point for each of many series: what a series costs, apart from its points.
//
//     growth,host=host_000042,region=eu-central-1,service=7 value=42i 1451606400000000000
import { START_SECONDS } from '../tsbs/generate.ts';
import { type Batches, batchesInMemory } from './batches.ts';

const ROWS_PER_BODY = 10_000;
const STEP_SECONDS = 10;
const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2'];

export function growthLines(seriesCount: number, round: number): Batches {
  const stamp = `${START_SECONDS + round * STEP_SECONDS}000000000`;
  const bodies: Buffer[] = [];
  for (let first = 0; first < seriesCount; first += ROWS_PER_BODY) {
    const count = Math.min(ROWS_PER_BODY, seriesCount - first);
    const lines = Array.from({ length: count }, (_, index) => growthLine(first + index, round, stamp));
    bodies.push(Buffer.from(lines.join(''), 'latin1'));
  }
  return batchesInMemory(bodies, seriesCount);
}

export function growthHost(series: number): string {
  return `host_${String(series).padStart(7, '0')}`;
}

function growthLine(series: number, round: number, stamp: string): string {
  const tags = `host=${growthHost(series)},region=${REGIONS[series % REGIONS.length]},service=${series % 20}`;
  return `growth,${tags} value=${(series + round) % 1000}i ${stamp}\n`;
}

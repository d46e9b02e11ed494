// A random database: measurements with tags and fields, and the lines of their points.
import type { Random } from '../../src/exec/test-support/random.ts';
import { lineKey, lineMeasurement, lineString, someFields, someMeasurements, someTags, tagValue } from './names.ts';

export type FieldKind = 'float' | 'integer' | 'string' | 'boolean';

export interface Measurement {
  readonly name: string;
  readonly tags: readonly string[];
  readonly fields: readonly { readonly name: string; readonly kind: FieldKind }[];
}

/** A step of what was done to a database: lines that were written together, or a statement that changed it. */
export interface Batch {
  /** '' = the default policy. */
  readonly policy: string;
  readonly lines: readonly string[];
  /** '' = only lines. */
  readonly statement: string;
}

export interface Database {
  readonly measurements: readonly Measurement[];
  /** Beside the default one. */
  readonly policies: readonly string[];
  /** Statements that make the policies, `DB` standing for the database's name. */
  readonly setup: readonly string[];
  readonly batches: readonly Batch[];
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** What lies between points that are not far apart. */
  readonly stepNs: bigint;
  /** Whether several series of a measurement have points of one time. */
  readonly sharesTimes: boolean;
}

const SECOND = 1_000_000_000n;
const ERAS = [0n, -40n * SECOND, 946_684_800n * SECOND, 951_782_400n * SECOND + 7n, 1_256_432_000n * SECOND];
const STEPS = [1_000n, 1_000_000n, SECOND, 10n * SECOND, 60n * SECOND, 3_600n * SECOND, 90_000n * SECOND];

export function randomDatabase(random: Random): Database {
  const measurements = someMeasurements(random, random.integer(1, 3)).map((name) => randomMeasurement(random, name));
  const policies = random.chance(0.35) ? ['rp1'] : [];
  const firstNs = random.pick(ERAS);
  const stepNs = random.pick(STEPS);
  const slots = random.chance(0.06) ? 1500 : random.pick([5, 12, 30, 80]);
  const sharesTimes = random.chance(0.12);
  const batches = ['', ...policies].flatMap((policy) =>
    randomBatches(random, policy, measurements, { firstNs, stepNs, slots, sharesTimes }),
  );
  return {
    measurements,
    policies,
    setup: policies.map(
      (policy) => `CREATE RETENTION POLICY ${policy} ON DB DURATION INF REPLICATION 1 SHARD DURATION 1h`,
    ),
    batches,
    firstNs,
    lastNs: firstNs + stepNs * BigInt(slots),
    stepNs,
    sharesTimes,
  };
}

/** Some lines more: about points that are there already, and about times close to theirs that no other series has. */
export function laterBatch(random: Random, { measurements, batches, stepNs }: Database): Batch {
  const { policy, lines } = random.pick(batches);
  const written = Array.from({ length: Math.min(10, lines.length) }, () => random.pick(lines));
  const later = written.flatMap((line) => {
    const [, key, time] = /^((?:\\.|[^ ])+) .* (-?\d+)$/s.exec(line) ?? [];
    const measurement = measurements.find(({ name }) => isOf(key, lineMeasurement(name)));
    if (measurement === undefined) return [];
    const jitterNs = random.chance(0.5) ? 0n : BigInt(random.integer(1, Number(stepNs) / 16));
    return [`${key} ${randomFields(random, measurement)} ${BigInt(time) + jitterNs}`];
  });
  return { policy, lines: later, statement: '' };
}

function isOf(key: string, measurement: string): boolean {
  return key === measurement || key.startsWith(`${measurement},`);
}

function randomMeasurement(random: Random, name: string): Measurement {
  const kinds: FieldKind[] = ['float', 'integer', 'string', 'boolean'];
  const tags = someTags(random, random.integer(0, 3));
  const names = someFields(random, random.integer(1, 5));
  const fields = names.map((field, index) => ({
    name: field,
    kind: index === 0 ? random.pick(['float', 'integer'] as const) : random.pick(kinds),
  }));
  return { name, tags, fields };
}

interface Span {
  readonly firstNs: bigint;
  readonly stepNs: bigint;
  readonly slots: number;
  readonly sharesTimes: boolean;
}

function randomBatches(random: Random, policy: string, measurements: readonly Measurement[], span: Span): Batch[] {
  const lines = measurements.flatMap((measurement) => randomLines(random, measurement, span));
  // Mostly in the order of time, as clients write; now and then as it comes.
  if (random.chance(0.3)) shuffle(random, lines);
  const batches: Batch[] = [];
  for (let from = 0; from < lines.length; ) {
    const to = from + random.integer(1, lines.length);
    batches.push({ policy, lines: lines.slice(from, to), statement: '' });
    from = to;
  }
  return batches;
}

function randomLines(random: Random, measurement: Measurement, span: Span): string[] {
  const lines: string[] = [];
  const seriesCount = random.integer(1, 5);
  for (let series = 0; series < seriesCount; series++) {
    const tags = measurement.tags
      .filter(() => random.chance(0.8))
      .map((tag) => `,${lineKey(tag)}=${lineKey(tagValue(random))}`)
      .join('');
    const key = lineMeasurement(measurement.name) + tags;
    const density = random.pick([0.15, 0.5, 0.95]);
    // Series of one measurement have times of their own unless they are to share them.
    const shift = span.sharesTimes ? 0n : (span.stepNs * BigInt(series)) / 8n;
    for (let slot = 0; slot < span.slots; slot++) {
      if (!random.chance(density)) continue;
      const timeNs = span.firstNs + span.stepNs * BigInt(slot) + shift;
      const fields = randomFields(random, measurement);
      lines.push(`${key} ${fields} ${timeNs}`);
      if (random.chance(0.05)) lines.push(`${key} ${randomFields(random, measurement)} ${timeNs}`);
    }
  }
  return lines;
}

function randomFields(random: Random, { fields }: Measurement): string {
  const chosen = fields.filter(() => random.chance(0.7));
  return (chosen.length === 0 ? [random.pick(fields)] : chosen)
    .map(({ name, kind }) => `${lineKey(name)}=${randomValue(random, kind)}`)
    .join(',');
}

const STRINGS = ['', 'up', 'down', 'a b', 'üñ', 'q"t', 'back\\slash', '12', '<&>'];

function randomValue(random: Random, kind: FieldKind): string {
  switch (kind) {
    case 'float':
      return randomFloat(random);
    case 'integer':
      return `${random.chance(0.03) ? random.pick(['9007199254740993', '-9007199254740995', '288230376151711745']) : random.integer(-20, 100)}i`;
    case 'string':
      return lineString(random.pick(STRINGS));
    case 'boolean':
      return random.pick(['true', 'false', 't', 'F']);
  }
}

function randomFloat(random: Random): string {
  if (random.chance(0.4)) return String(random.integer(-10, 50));
  if (random.chance(0.03)) return random.pick(['1e20', '-0', '1.5e-9', '123456789.123']);
  return String(random.integer(-2000, 10000) / random.pick([2, 4, 8, 10, 100, 3]));
}

function shuffle<T>(random: Random, items: T[]): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.integer(0, at);
    [items[at], items[other]] = [items[other], items[at]];
  }
}

// The kinds of values that a setting can have, and how each is checked and read. The only file that knows zod.
//
//     max-body-size: size('25m', 'what it does')     accepts 25000000, "25m", "1g"     reads as a number of bytes
import { z } from 'zod';
import { parseDuration } from '../model/index.ts';

/** What documentation and `--help` tell of a setting. */
export interface SettingInfo {
  readonly kind: 'text' | 'texts' | 'boolean' | 'integer' | 'size' | 'duration' | 'choice';
  /** As it is written in TOML. */
  readonly fallback: string | number | boolean | readonly string[];
  readonly about: string;
}

/** A named setting. */
export interface SettingLeaf extends SettingInfo {
  /** `http.max-body-size` */
  readonly key: string;
}

/** Sections that may stand several times: `[[graphite]]`. */
export interface SettingList {
  /** `graphite` */
  readonly key: string;
  /** Settings of each section: `bind-address`, … */
  readonly leaves: readonly SettingLeaf[];
}

/** A fault of a value, or of a key that does not exist. */
export interface SettingFault {
  readonly key: string;
  readonly message: string;
}

type Section = z.ZodObject<Readonly<Record<string, z.ZodType>>>;
export type SettingsOf<S extends z.ZodType> = z.output<S>;

export function section<const S extends Readonly<Record<string, z.ZodType>>>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? 'expected a section' : undefined),
  });
}

/** Any number of sections of one shape; none by default. Of the top level only. */
export function sections<const S extends Readonly<Record<string, z.ZodType>>>(shape: S) {
  const item = section(shape);
  return z.array(item, 'expected sections in double brackets').prefault([]).meta({ kind: 'sections', item });
}

export function text(fallback: string, about: string) {
  return described(z.string('expected a text').prefault(fallback), { kind: 'text', fallback, about });
}

/** A list of texts. */
export function texts(about: string) {
  const schema = z.array(z.string('expected a text'), 'expected a list of texts').prefault([]);
  return described(schema, { kind: 'texts', fallback: [], about });
}

export function boolean(fallback: boolean, about: string) {
  return described(z.boolean('expected true or false').prefault(fallback), { kind: 'boolean', fallback, about });
}

export function integer(fallback: number, about: string) {
  const wanted = 'expected a whole number that is not negative';
  return described(z.int(wanted).min(0, wanted).prefault(fallback), { kind: 'integer', fallback, about });
}

export function choice<const T extends readonly [string, ...string[]]>(names: T, fallback: T[number], about: string) {
  const wanted = `expected ${names.map((name) => JSON.stringify(name)).join(' or ')}`;
  return described(z.enum(names, wanted).prefault(fallback), { kind: 'choice', fallback, about });
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes: an integer, or with a unit of 1024, as in `25m`. */
export function size(fallback: string | number, about: string) {
  const wanted = 'expected a size such as 25m or 1g, or a number of bytes';
  const written = z.union([z.int(wanted).min(0, wanted), z.string(wanted).regex(/^\d{1,12}[kmg]?$/i, wanted)], wanted);
  const schema = written.transform((value) => {
    if (typeof value === 'number') return value;
    return Number.parseInt(value, 10) * SIZE_UNITS[value.replace(/\d+/, '').toLowerCase()];
  });
  return described(schema.prefault(fallback), { kind: 'size', fallback, about });
}

/** Timers of Node count in 31 bits. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** Milliseconds, written as `30s` or `1h30m`. */
export function duration(fallback: string, about: string) {
  const wanted = 'expected a duration such as 30s or 1h30m';
  const schema = z.string(wanted).transform((value, context) => {
    const durationMs = readDurationMs(value);
    if (durationMs !== null && durationMs <= MAX_DURATION_MS) return durationMs;
    context.addIssue(durationMs === null ? wanted : 'expected a duration of at most 24d');
    return z.NEVER;
  });
  return described(schema.prefault(fallback), { kind: 'duration', fallback, about });
}

function readDurationMs(text: string): number | null {
  try {
    return Number(parseDuration(text) / 1_000_000n);
  } catch {
    return null;
  }
}

/** Where to listen. An empty host is every address of the machine. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. */
export function address(fallback: string, about: string) {
  const wanted = 'expected an address such as 127.0.0.1:8086, [::1]:8086 or :8086';
  const schema = z.string(wanted).transform((value, context): ListenAddress => {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/i.exec(value);
    if (match === null || Number(match[3]) > 65_535) {
      context.addIssue(wanted);
      return z.NEVER;
    }
    return { host: match[1] ?? match[2], port: Number(match[3]) };
  });
  return described(schema.prefault(fallback), { kind: 'text', fallback, about });
}

function described<S extends z.ZodType>(schema: S, info: SettingInfo): S {
  return schema.meta({ ...info });
}

/** Every setting of the tree that stands once, in the order in which it is written. */
export function leavesOf(tree: Section, prefix = ''): readonly SettingLeaf[] {
  return Object.entries(tree.shape).flatMap(([name, schema]) => {
    const key = prefix + name;
    if (schema instanceof z.ZodObject) return leavesOf(schema as Section, `${key}.`);
    return itemOf(schema) === undefined ? [{ key, ...(schema.meta() as unknown as SettingInfo) }] : [];
  });
}

/** The sections of the tree that may stand several times. */
export function listsOf(tree: Section): readonly SettingList[] {
  return Object.entries(tree.shape).flatMap(([key, schema]) => {
    const item = itemOf(schema);
    return item === undefined ? [] : [{ key, leaves: leavesOf(item) }];
  });
}

/** The shape of each section of a list; undefined for what is no list. */
function itemOf(schema: z.ZodType): Section | undefined {
  const meta = schema.meta();
  return meta?.kind === 'sections' ? (meta.item as Section) : undefined;
}

/** Reads a tree of raw values; sections and settings that are missing take their defaults. */
export function readTree<S extends Section>(
  tree: S,
  raw: Readonly<Record<string, unknown>>,
): { readonly settings: SettingsOf<S> } | { readonly faults: readonly SettingFault[] } {
  const parsed = tree.safeParse(withSections(tree, raw));
  if (parsed.success) return { settings: parsed.data };
  const faults = parsed.error.issues.flatMap((issue): readonly SettingFault[] => {
    const key = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ key, message: issue.message }];
    return issue.keys.map((name) => ({ key: [...issue.path, name].join('.'), message: 'there is no such setting' }));
  });
  return { faults };
}

function withSections(tree: Section, raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const sections = Object.entries(tree.shape).filter(([, schema]) => schema instanceof z.ZodObject);
  return { ...Object.fromEntries(sections.map(([name]) => [name, {}])), ...raw };
}

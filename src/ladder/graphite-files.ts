// Carbon's configuration as rules of a ladder: `storage-schemas.conf` says how long what is kept at which step,
// `storage-aggregation.conf` by which function and how much of a window must be known.
//
//     [carbon]                      [min]
//     pattern = ^carbon\.           pattern = \.min$
//     retentions = 60:90d           xFilesFactor = 0.1
//                                   aggregationMethod = min
//
// Of the sections of a file the first that matches counts. As a ladder has one list of rules, a section of the one and a section
// of the other file become a rule for what matches both.
import { WeirError, compileRegex, messageOf } from '../base/index.ts';
import { HOUR, type NamePattern, type OptionalState, type StateRule, formatDuration } from '../model/index.ts';
import { type RuleText, readSteps } from './definition.ts';

export interface GraphiteFile {
  /** For messages. */
  readonly path: string;
  readonly text: string;
}

export interface GraphiteRules {
  readonly rules: readonly RuleText[];
  /** What is different in Weir, or was left out. */
  readonly notes: readonly string[];
}

interface Section {
  readonly place: string;
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

interface Schema {
  readonly pattern: NamePattern;
  readonly steps: string;
}

interface Aggregation {
  readonly pattern: NamePattern;
  readonly states: readonly StateRule[];
  readonly gapShare: number;
}

/** Whisper's, where no section says otherwise. */
const DEFAULT_GAP_SHARE = 0.5;

/** What a tier keeps for a method; it has sum, count, min and max in any case. */
const METHODS: ReadonlyMap<string, readonly OptionalState[]> = new Map<string, readonly OptionalState[]>([
  ['average', []],
  ['avg', []],
  ['sum', []],
  ['min', []],
  ['max', []],
  ['last', ['last']],
  ['avg_zero', []],
  ['absmax', []],
  ['absmin', []],
]);

const EVERYTHING: NamePattern = { kind: 'all' };

/** Files of either kind, told apart by what they hold; schemas must be among them. Throws `invalid`, naming file and line. */
export function readGraphiteFiles(files: readonly GraphiteFile[]): GraphiteRules {
  const notes: string[] = [];
  const schemas: Schema[] = [];
  const aggregations: Aggregation[] = [];
  let isAggregated = false;
  for (const section of files.flatMap(readSections)) {
    if (section.options.has('retentions')) schemas.push(readSchema(section, notes));
    else {
      isAggregated = true;
      aggregations.push(readAggregation(section, notes));
    }
  }
  if (schemas.length === 0) throw new WeirError('invalid', 'no section has retentions: storage-schemas.conf is needed');
  const rest: Aggregation = { pattern: EVERYTHING, states: [], gapShare: isAggregated ? DEFAULT_GAP_SHARE : 0 };
  const ways = withoutTail(upToAll([...aggregations, rest]));
  const rules = upToRuleForAll(
    upToAll(schemas).flatMap(({ pattern, steps }) =>
      ways.map((way) => ({
        measurements: bothOf(pattern, way.pattern),
        steps,
        names: [],
        states: way.states,
        gapShare: way.gapShare,
        timeZone: '',
      })),
    ),
  );
  const bases = new Set(upToAll(schemas).map(({ steps }) => steps.split(',')[0].split(':')[1]));
  if (bases.size > 1) notes.push('points are kept as long as the longest first retention says: a ladder has one base');
  return { rules, notes };
}

function upToRuleForAll(rules: readonly RuleText[]): readonly RuleText[] {
  const all = rules.findIndex(({ measurements }) => measurements.kind === 'all');
  return all < 0 ? rules : rules.slice(0, all + 1);
}

/** Whatever follows what matches everything has no effect. */
function upToAll<T extends { readonly pattern: NamePattern }>(items: readonly T[]): readonly T[] {
  const all = items.findIndex(({ pattern }) => pattern.kind === 'all');
  return all < 0 ? items : items.slice(0, all + 1);
}

/** Those at the end that come to what the last one does need no rules of their own. */
function withoutTail(ways: readonly Aggregation[]): readonly Aggregation[] {
  const last = ways[ways.length - 1];
  const same = (way: Aggregation): boolean =>
    way.gapShare === last.gapShare && JSON.stringify(way.states) === JSON.stringify(last.states);
  const different = ways.findLastIndex((way) => !same(way));
  return [...ways.slice(0, different + 1), last];
}

function bothOf(a: NamePattern, b: NamePattern): NamePattern {
  if (a.kind === 'all') return b;
  if (b.kind === 'all' || JSON.stringify(a) === JSON.stringify(b)) return a;
  return { kind: 'every', patterns: [a, b] };
}

function readSchema(section: Section, notes: string[]): Schema {
  const { place, name, options } = section;
  const pattern = patternOf(section);
  try {
    const steps = readSteps(name, options.get('retentions') ?? '').map(({ stepNs, durationNs }) => {
      // No policy keeps less.
      if (durationNs !== 0n && durationNs < HOUR)
        notes.push(`${place}: what is kept for less than an hour is kept for one`);
      const periodNs = durationNs !== 0n && durationNs < HOUR ? HOUR : durationNs;
      return `${formatDuration(stepNs)}:${formatDuration(periodNs)}`;
    });
    return { pattern, steps: steps.join(',') };
  } catch (error) {
    throw new WeirError('invalid', `${place}: ${messageOf(error)}`, error);
  }
}

function readAggregation(section: Section, notes: string[]): Aggregation {
  const { place, options } = section;
  const method = options.get('aggregationmethod') ?? 'average';
  const keep = METHODS.get(method.toLowerCase());
  if (keep === undefined) throw new WeirError('invalid', `${place}: unknown aggregationMethod "${method}"`);
  const factor = options.get('xfilesfactor');
  const gapShare = factor === undefined ? DEFAULT_GAP_SHARE : Number(factor);
  if (!(gapShare >= 0 && gapShare <= 1))
    throw new WeirError('invalid', `${place}: xFilesFactor must be between 0 and 1, found "${factor}"`);
  if (method === 'avg_zero')
    notes.push(`${place}: mean() counts the points that there are, avg_zero took others for 0`);
  if (method === 'absmax' || method === 'absmin')
    notes.push(`${place}: ${method} is not a function; min() and max() are kept`);
  return { pattern: patternOf(section), states: keep.length === 0 ? [] : [{ fields: EVERYTHING, keep }], gapShare };
}

function patternOf({ place, options }: Section): NamePattern {
  if (/^(true|yes|on|1)$/i.test(options.get('match-all') ?? '')) return EVERYTHING;
  const pattern = options.get('pattern');
  if (pattern === undefined) throw new WeirError('invalid', `${place}: the section has no pattern`);
  if (['', '.*', '^.*', '.*$', '^.*$', '^'].includes(pattern)) return EVERYTHING;
  try {
    compileRegex(pattern);
  } catch (error) {
    throw new WeirError('invalid', `${place}: ${messageOf(error)}`, error);
  }
  return { kind: 'regex', source: pattern };
}

/** `[name]` and `key = value` or `key: value`, comments after `#` or `;` at the beginning of a line. Keys in lower case. */
function readSections({ path, text }: GraphiteFile): readonly Section[] {
  const sections: { place: string; name: string; options: Map<string, string> }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const head = /^\[([^\]]+)\]$/.exec(line);
    const open = sections.at(-1);
    const option = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
    if (head !== null) sections.push({ place: `${path} [${head[1]}]`, name: head[1], options: new Map() });
    else if (option !== null && open !== undefined) open.options.set(option[1].toLowerCase(), option[2]);
    else throw new WeirError('invalid', `${path}:${index + 1}: expected [section] or key = value, found "${line}"`);
  }
  return sections;
}

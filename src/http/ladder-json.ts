// Ladders as JSON, for programs. A rule is an object, or a text as statements have it.
//
//     {"database": "collectd", "name": "house", "lateness": "30s", "rules": [
//        {"measurements": ["/^cpu/"], "steps": "1s:60h,10s:8d", "names": ["raw", "ten"],
//         "states": [{"fields": ["value"], "keep": ["first", "last"]}], "gap": 0.5, "time_zone": "Europe/Berlin"},
//        "1s:60h,1h:inf"]}
//
// A pattern is a list of names and /regular expressions/ all of which must match; without it all do.
import { WeirError } from '../base/index.ts';
import { parseLadderRules } from '../influxql/index.ts';
import type { LadderText, RuleText } from '../ladder/index.ts';
import { type NamePattern, type OptionalState, type StateRule, formatDuration, parseDuration } from '../model/index.ts';

export interface LadderRequest {
  readonly database: string;
  readonly name: string;
  readonly definition: LadderText;
  readonly keepData: boolean;
}

type Members = Readonly<Record<string, unknown>>;

const STATES: readonly string[] = ['first', 'last', 'stddev', 'percentile', 'counter'] satisfies OptionalState[];

/** Throws `invalid`, naming the member. */
export function decodeLadderRequest(json: unknown): LadderRequest {
  const members = membersOf(json, 'the body', ['database', 'name', 'rules', 'lateness', 'keep_data']);
  const rules = listOf(members, 'rules', (item, place) => decodeRule(item, place)).flat();
  if (rules.length === 0) throw wrong('rules', 'one rule at least', []);
  const lateness = members.lateness === undefined ? '' : textOf(members, 'lateness');
  return {
    database: textOf(members, 'database'),
    name: textOf(members, 'name'),
    definition: { rules, latenessNs: lateness === '' ? null : parseDuration(lateness) },
    keepData: flagOf(members, 'keep_data'),
  };
}

export interface AdoptionRequest {
  readonly database: string;
  readonly name: string;
  readonly dryRun: boolean;
}

/** As `decodeLadderRequest`. */
export function decodeAdoptionRequest(json: unknown): AdoptionRequest {
  const members = membersOf(json, 'the body', ['database', 'name', 'dry_run']);
  return {
    database: textOf(members, 'database'),
    name: members.name === undefined ? '' : textOf(members, 'name'),
    dryRun: flagOf(members, 'dry_run'),
  };
}

/** The members that say what a ladder is. */
export function encodeLadderText({ rules, latenessNs }: LadderText): object {
  return {
    rules: rules.map(encodeRule),
    ...(latenessNs === null ? {} : { lateness: formatDuration(latenessNs) }),
  };
}

function encodeRule({ measurements, steps, names, states, gapShare, timeZone }: RuleText): object {
  return {
    ...encodePattern('measurements', measurements),
    steps,
    ...(names.length === 0 ? {} : { names }),
    ...(states.length === 0
      ? {}
      : { states: states.map(({ fields, keep }) => ({ ...encodePattern('fields', fields), keep })) }),
    ...(gapShare === 0 ? {} : { gap: gapShare }),
    ...(timeZone === '' ? {} : { time_zone: timeZone }),
  };
}

function decodeRule(json: unknown, place: string): readonly RuleText[] {
  if (typeof json === 'string') return parseLadderRules(json).rules;
  const members = membersOf(json, place, ['measurements', 'steps', 'names', 'states', 'gap', 'time_zone']);
  const { gap = 0 } = members;
  if (typeof gap !== 'number') throw wrong(`${place}.gap`, 'a number', gap);
  return [
    {
      measurements: decodePattern(members, 'measurements'),
      steps: textOf(members, 'steps'),
      names: members.names === undefined ? [] : listOf(members, 'names', asText),
      states: members.states === undefined ? [] : listOf(members, 'states', decodeStates),
      gapShare: gap,
      timeZone: members.time_zone === undefined ? '' : textOf(members, 'time_zone'),
    },
  ];
}

function decodeStates(json: unknown, place: string): StateRule {
  const members = membersOf(json, place, ['fields', 'keep']);
  const keep = listOf(members, 'keep', (item, at) => {
    const state = STATES.find((each) => each === item);
    if (state === undefined) throw wrong(at, `one of ${STATES.join(', ')}`, item);
    return state as OptionalState;
  });
  return { fields: decodePattern(members, 'fields'), keep };
}

function encodePattern(member: string, pattern: NamePattern): object {
  if (pattern.kind === 'all') return {};
  const patterns = pattern.kind === 'every' ? pattern.patterns : [pattern];
  const texts = patterns.map((each) =>
    each.kind === 'regex' ? `/${each.source}/` : each.kind === 'name' ? each.name : '/.*/',
  );
  return { [member]: texts };
}

function decodePattern(members: Members, member: string): NamePattern {
  if (members[member] === undefined) return { kind: 'all' };
  const patterns = listOf(members, member, asText).map(
    (text): NamePattern =>
      text.length > 1 && text.startsWith('/') && text.endsWith('/')
        ? { kind: 'regex', source: text.slice(1, -1) }
        : { kind: 'name', name: text },
  );
  if (patterns.length === 0) return { kind: 'all' };
  return patterns.length === 1 ? patterns[0] : { kind: 'every', patterns };
}

function membersOf(json: unknown, place: string, known: readonly string[]): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(place, 'an object', json);
  const unknown = Object.keys(json).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new WeirError('invalid', `${place}: there is no member "${unknown}"`);
  return json as Members;
}

function listOf<T>(members: Members, name: string, decode: (item: unknown, place: string) => T): T[] {
  const value = members[name];
  if (!Array.isArray(value)) throw wrong(name, 'a list', value);
  return value.map((item: unknown, index) => decode(item, `${name}[${index}]`));
}

function textOf(members: Members, name: string): string {
  return asText(members[name], name);
}

function asText(json: unknown, place: string): string {
  if (typeof json !== 'string') throw wrong(place, 'a text', json);
  return json;
}

function flagOf(members: Members, name: string): boolean {
  const value = members[name] ?? false;
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
  return value;
}

function wrong(place: string, expected: string, found: unknown): WeirError {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 100);
  return new WeirError('invalid', `${place}: expected ${expected}, found ${shown}`);
}

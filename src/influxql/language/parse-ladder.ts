// Ladders, from behind the words that lead to each statement. None of these words is reserved: they are names elsewhere.
//
//     CREATE LADDER name ON db rules            ALTER LADDER name ON db rules [ KEEP DATA ]
//     EXPLAIN LADDER name ON db rules           DROP LADDER name ON db [ KEEP DATA ]
//     SHOW LADDERS [ ON db ]                    SHOW LADDER STATUS [ name ON db ]
//     ADOPT CONTINUOUS QUERIES ON db [ AS name ] [ DRY RUN ]
//
//     rules   = rule { "," rule } [ LATENESS d ]
//     rule    = [ FOR pattern ] '10s:8d,…' { option }
//     pattern = ( name | regex ) { AND ( name | regex ) }
//     option  = NAMES 'name' { "," 'name' } | STATES [ "(" pattern ")" ] state { "," state } | GAP n | TZ 'zone'
//     state   = first | last | stddev | percentile | counter
import type { LadderText, RuleText } from '../../ladder/index.ts';
import type { NamePattern, OptionalState, StateRule } from '../../model/index.ts';
import { parseOptionalRegex } from './parse-expression.ts';
import {
  acceptWord,
  expectWord,
  isWord,
  parseDurationToken,
  parseName,
  parseOn,
  parseOptionalOn,
} from './parse-words.ts';
import type {
  AdoptStatement,
  AlterLadderStatement,
  CreateLadderStatement,
  DropLadderStatement,
  ExplainLadderStatement,
  ShowLadderStatusStatement,
  ShowLaddersStatement,
} from './statement.ts';
import type { TokenStream } from './token-stream.ts';

const STATES: readonly OptionalState[] = ['first', 'last', 'stddev', 'percentile', 'counter'];

/** A string of this form begins the next rule: no policy can be named so by NAMES. */
const STEP = /^\s*\d+\w*\s*:/;

export function parseCreateLadder(stream: TokenStream): CreateLadderStatement {
  return { kind: 'create ladder', name: parseName(stream), database: parseOn(stream), definition: parseRules(stream) };
}

export function parseAlterLadder(stream: TokenStream): AlterLadderStatement {
  return {
    kind: 'alter ladder',
    name: parseName(stream),
    database: parseOn(stream),
    definition: parseRules(stream),
    keepData: parseKeepData(stream),
  };
}

export function parseExplainLadder(stream: TokenStream): ExplainLadderStatement {
  return { kind: 'explain ladder', name: parseName(stream), database: parseOn(stream), definition: parseRules(stream) };
}

export function parseDropLadder(stream: TokenStream): DropLadderStatement {
  return { kind: 'drop ladder', name: parseName(stream), database: parseOn(stream), keepData: parseKeepData(stream) };
}

export function parseShowLadders(stream: TokenStream): ShowLaddersStatement {
  return { kind: 'show ladders', database: parseOptionalOn(stream) };
}

export function parseShowLadderStatus(stream: TokenStream): ShowLadderStatusStatement {
  if (stream.peek().kind !== 'identifier') return { kind: 'show ladder status', name: '', database: '' };
  return { kind: 'show ladder status', name: parseName(stream), database: parseOn(stream) };
}

export function parseAdopt(stream: TokenStream): AdoptStatement {
  stream.expectAll('CONTINUOUS', 'QUERIES');
  const database = parseOn(stream);
  const name = stream.accept('AS') ? parseName(stream) : '';
  const dryRun = acceptWord(stream, 'DRY');
  if (dryRun) expectWord(stream, 'RUN');
  return { kind: 'adopt continuous queries', database, name, dryRun };
}

/** Rules by themselves, as settings have them. */
export function parseRules(stream: TokenStream): LadderText {
  const rules = [parseRule(stream)];
  while (stream.accept(',')) rules.push(parseRule(stream));
  return { rules, latenessNs: acceptWord(stream, 'LATENESS') ? parseDurationToken(stream) : null };
}

function parseRule(stream: TokenStream): RuleText {
  const measurements: NamePattern = stream.accept('FOR') ? parsePattern(stream) : { kind: 'all' };
  const token = stream.next();
  if (token.kind !== 'string')
    throw stream.unexpected(token, ...(measurements.kind === 'all' ? ['FOR'] : []), 'string');
  const options = { names: [] as readonly string[], states: [] as StateRule[], gapShare: 0, timeZone: '' };
  const seen = new Set<string>();
  for (;;) {
    const word = stream.peek();
    const option = ['NAMES', 'STATES', 'GAP', 'TZ'].find((each) => isWord(word, each));
    if (option === undefined) return { measurements, steps: token.text, ...options };
    if (option !== 'STATES' && seen.has(option)) throw stream.error(`found duplicate ${option} option`, word);
    seen.add(option);
    stream.next();
    if (option === 'NAMES') options.names = parseTierNames(stream);
    else if (option === 'STATES') options.states.push(parseStates(stream));
    else if (option === 'GAP') options.gapShare = parseShare(stream);
    else options.timeZone = parseZone(stream);
  }
}

function parsePattern(stream: TokenStream): NamePattern {
  const patterns = [parseOnePattern(stream)];
  while (stream.accept('AND')) patterns.push(parseOnePattern(stream));
  return patterns.length === 1 ? patterns[0] : { kind: 'every', patterns };
}

function parseOnePattern(stream: TokenStream): NamePattern {
  const regex = parseOptionalRegex(stream);
  return regex === undefined ? { kind: 'name', name: parseName(stream) } : { kind: 'regex', source: regex.source };
}

/** A comma may also lead to the next rule. */
function parseTierNames(stream: TokenStream): readonly string[] {
  const names = [parseTierName(stream)];
  while (stream.peek().kind === ',' && isTierNameNext(stream)) {
    stream.next();
    names.push(parseTierName(stream));
  }
  return names;
}

function isTierNameNext(stream: TokenStream): boolean {
  return stream.tryOut(() => {
    stream.next();
    const { kind, text } = stream.next();
    return kind === 'string' && !STEP.test(text);
  });
}

function parseTierName(stream: TokenStream): string {
  const token = stream.expect('string');
  if (STEP.test(token.text)) throw stream.error(`'${token.text}' is no name: it begins like a step`, token);
  return token.text;
}

function parseStates(stream: TokenStream): StateRule {
  let fields: NamePattern = { kind: 'all' };
  if (stream.accept('(')) {
    fields = parsePattern(stream);
    stream.expect(')');
  }
  const keep = [parseState(stream)];
  while (stream.peek().kind === ',' && isStateNext(stream)) {
    stream.next();
    keep.push(parseState(stream));
  }
  return { fields, keep };
}

function isStateNext(stream: TokenStream): boolean {
  return stream.tryOut(() => {
    stream.next();
    return stream.next().kind === 'identifier';
  });
}

function parseState(stream: TokenStream): OptionalState {
  const token = stream.next();
  const state = STATES.find((each) => isWord(token, each.toUpperCase()));
  if (state === undefined) throw stream.unexpected(token, ...STATES);
  return state;
}

function parseShare(stream: TokenStream): number {
  const token = stream.next();
  if (token.kind !== 'number' && token.kind !== 'integer') throw stream.unexpected(token, 'number');
  const share = Number(token.text);
  if (share > 1) throw stream.error(`invalid value ${token.text}: must be 0 <= n <= 1`, token);
  return share;
}

function parseZone(stream: TokenStream): string {
  const isCall = stream.accept('(');
  const zone = stream.expect('string').text;
  if (isCall) stream.expect(')');
  return zone;
}

function parseKeepData(stream: TokenStream): boolean {
  const keeps = acceptWord(stream, 'KEEP');
  if (keeps) expectWord(stream, 'DATA');
  return keeps;
}

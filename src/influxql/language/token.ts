// The kinds of tokens, and the words that are reserved.

/** Keywords in upper case, symbols as they are, literals in lower case. */
export type TokenKind = LiteralKind | (typeof KEYWORDS)[number] | (typeof SYMBOLS)[number];

type LiteralKind =
  | 'eof'
  | 'space'
  | 'comment'
  | 'illegal'
  | 'identifier'
  | 'parameter'
  | 'number'
  | 'integer'
  | 'duration'
  | 'string'
  | 'bad string'
  | 'bad escape'
  | 'regex'
  | 'bad regex';

export interface Token {
  readonly kind: TokenKind;
  /** The value of a literal without its quotes and escapes; empty for keywords, operators and punctuation. */
  readonly text: string;
  /** Where errors point at. */
  readonly start: number;
  /** Where scanning goes on. */
  readonly end: number;
}

/** In upper case; none of them can be a name without quotes. */
export const KEYWORDS = [
  'ALL',
  'ALTER',
  'ANALYZE',
  'ANY',
  'AS',
  'ASC',
  'BEGIN',
  'BY',
  'CARDINALITY',
  'CREATE',
  'CONTINUOUS',
  'DATABASE',
  'DATABASES',
  'DEFAULT',
  'DELETE',
  'DESC',
  'DESTINATIONS',
  'DIAGNOSTICS',
  'DISTINCT',
  'DROP',
  'DURATION',
  'END',
  'EVERY',
  'EXACT',
  'EXPLAIN',
  'FIELD',
  'FOR',
  'FROM',
  'GRANT',
  'GRANTS',
  'GROUP',
  'GROUPS',
  'IN',
  'INF',
  'INSERT',
  'INTO',
  'KEY',
  'KEYS',
  'KILL',
  'LIMIT',
  'MEASUREMENT',
  'MEASUREMENTS',
  'NAME',
  'OFFSET',
  'ON',
  'ORDER',
  'PASSWORD',
  'POLICY',
  'POLICIES',
  'PRIVILEGES',
  'QUERIES',
  'QUERY',
  'READ',
  'REPLICATION',
  'RESAMPLE',
  'RETENTION',
  'REVOKE',
  'SELECT',
  'SERIES',
  'SET',
  'SHOW',
  'SHARD',
  'SHARDS',
  'SLIMIT',
  'SOFFSET',
  'STATS',
  'SUBSCRIPTION',
  'SUBSCRIPTIONS',
  'TAG',
  'TO',
  'USER',
  'USERS',
  'VALUES',
  'WHERE',
  'WITH',
  'WRITE',
  'AND',
  'OR',
  'TRUE',
  'FALSE',
] as const;

/** Longest first where one begins another. */
export const SYMBOLS = [
  '=~',
  '!=',
  '!~',
  '>=',
  '<=',
  '::',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '=',
  '>',
  '<',
  '(',
  ')',
  ',',
  ';',
  ':',
  '.',
] as const;

const KEYWORD_KINDS: ReadonlyMap<string, TokenKind> = new Map(KEYWORDS.map((keyword) => [keyword, keyword]));

/** Whether the word is a keyword, in any case, and so must be quoted to be a name. */
export function isKeyword(word: string): boolean {
  return keywordKind(word) !== undefined;
}

/** The kind of a word that is a keyword. */
export function keywordKind(word: string): TokenKind | undefined {
  return KEYWORD_KINDS.get(word.toUpperCase());
}

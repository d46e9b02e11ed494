// Ladders as a user could have written them.
import type { LadderText, RuleText } from '../../ladder/index.ts';
import { type NamePattern, type StateRule, formatDuration } from '../../model/index.ts';
import { formatPlain, printRegex } from './print-expression.ts';
import { quoteIdentifier, quoteString } from './quote.ts';
import type { LadderStatement } from './statement.ts';

export function printLadderStatement(statement: LadderStatement): string {
  switch (statement.kind) {
    case 'create ladder':
    case 'explain ladder':
      return `${head(statement)} ${printLadderText(statement.definition)}`;
    case 'alter ladder':
      return `${head(statement)} ${printLadderText(statement.definition)}${statement.keepData ? ' KEEP DATA' : ''}`;
    case 'drop ladder':
      return head(statement) + (statement.keepData ? ' KEEP DATA' : '');
    case 'show ladder status':
      return statement.name === '' ? 'SHOW LADDER STATUS' : head(statement);
    case 'show ladders':
      return `SHOW LADDERS${statement.database === '' ? '' : ` ON ${quoteIdentifier(statement.database)}`}`;
    case 'adopt continuous queries': {
      const name = statement.name === '' ? '' : ` AS ${quoteIdentifier(statement.name)}`;
      const database = quoteIdentifier(statement.database);
      return `ADOPT CONTINUOUS QUERIES ON ${database}${name}${statement.dryRun ? ' DRY RUN' : ''}`;
    }
  }
}

/** The rules alone: what a ladder is stored as. */
export function printLadderText({ rules, latenessNs }: LadderText): string {
  return rules.map(printRule).join(', ') + (latenessNs === null ? '' : ` LATENESS ${formatDuration(latenessNs)}`);
}

function head({
  kind,
  name,
  database,
}: Extract<LadderStatement, { readonly name: string; readonly database: string }>): string {
  return `${kind.toUpperCase()} ${quoteIdentifier(name)} ON ${quoteIdentifier(database)}`;
}

function printRule({ measurements, steps, names, states, gapShare, timeZone }: RuleText): string {
  return (
    (measurements.kind === 'all' ? '' : `FOR ${printPattern(measurements)} `) +
    quoteString(steps) +
    (names.length === 0 ? '' : ` NAMES ${names.map(quoteString).join(', ')}`) +
    states.map(printStates).join('') +
    (gapShare === 0 ? '' : ` GAP ${formatPlain(gapShare)}`) +
    (timeZone === '' ? '' : ` TZ ${quoteString(timeZone)}`)
  );
}

export function printPattern(pattern: NamePattern): string {
  switch (pattern.kind) {
    case 'all':
      return '/.*/';
    case 'name':
      return quoteIdentifier(pattern.name);
    case 'regex':
      return printRegex(pattern.source);
    case 'every':
      return pattern.patterns.map(printPattern).join(' AND ');
  }
}

function printStates({ fields, keep }: StateRule): string {
  return ` STATES ${fields.kind === 'all' ? '' : `(${printPattern(fields)}) `}${keep.join(', ')}`;
}

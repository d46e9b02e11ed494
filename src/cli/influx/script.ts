// Splits a script (standard input) into queries and commands of the shell. Statements may stand
//
//   - with `;` between them, as in every 1.x shell, which sends the whole text as one query;
//   - each from a new line on: where a statement is complete at the end of a line and the next word begins a statement or a
//     command, a `;` is put in between. No statement can go on with such a word, so a text that InfluxDB takes as it is
//     means the same here.
//
// A command (USE, INSERT, precision, …) has its line to itself, or ends at a `;`; a point ends with its line. Statements
// without a command between them stay one query, in which only those semicolons are new: so the server checks all of them
// before it runs the first, stops at the first that fails, and counts lines and characters as the file has them.
import { messageOf } from '../../base/index.ts';
import { beginsStatement, nextTokenAt, parseQuery, parseStatementAt } from '../../influxql/index.ts';
import { shellCommandOf } from './shell-commands.ts';

export interface Script {
  readonly parts: readonly ScriptPart[];
  /** What the parser says about the last part; null = all parse. */
  readonly fault: string | null;
}

export interface ScriptPart {
  readonly kind: 'query' | 'command';
  readonly text: string;
}

export function readScript(source: string): Script {
  const text = source.replace(/\r\n?/g, '\n');
  const parts: ScriptPart[] = [];
  let query = '';
  let fault: string | null = null;
  const endQuery = (): void => {
    if (query.trim() !== '') parts.push({ kind: 'query', text: query });
    query = '';
  };
  for (let at = 0; at < text.length; ) {
    const start = nextTokenAt(text, at);
    if (shellCommandOf(wordAt(text, start)) !== null) {
      query += text.slice(at, start);
      endQuery();
      const end = commandEnd(text, start);
      parts.push({ kind: 'command', text: text.slice(start, end).replace(/[\s;]+$/, '') });
      at = end;
    } else if (start === text.length || text[start] === ';') {
      query += text.slice(at, start + 1);
      at = start + 1;
    } else {
      const end = statementEnd(text, start);
      if (end === null) {
        // Where it ends nobody can say: the rest is one query, and wrong.
        query += text.slice(at);
        fault = faultFrom(text, start);
        break;
      }
      query += text.slice(at, end) + (needsSemicolon(text, end) ? ';' : '');
      at = end;
    }
  }
  endQuery();
  return { parts: isOneQuery(parts) ? [{ kind: 'query', text: parts[0]?.text ?? text }] : parts, fault };
}

/** Without commands the text stays whole, comments and all. */
function isOneQuery(parts: readonly ScriptPart[]): boolean {
  return parts.every(({ kind }) => kind === 'query');
}

/** Where the statement's last token ends; null for what is none, or is followed by what cannot stand there. */
function statementEnd(text: string, start: number): number | null {
  let end: number;
  try {
    ({ end } = parseStatementAt(text, start));
  } catch {
    return null;
  }
  const next = nextTokenAt(text, end);
  return next === text.length || text[next] === ';' || needsSemicolon(text, end) ? end : null;
}

/** Whether a new line, and with it a new statement or command, begins behind the statement. */
function needsSemicolon(text: string, end: number): boolean {
  const next = nextTokenAt(text, end);
  const word = wordAt(text, next);
  return text.slice(end, next).includes('\n') && (beginsStatement(word) || shellCommandOf(word) !== null);
}

/** A point may have semicolons in it, and so may a name in quotes. */
function commandEnd(text: string, start: number): number {
  const lineEnd = text.indexOf('\n', start);
  const end = lineEnd < 0 ? text.length : lineEnd;
  if (shellCommandOf(wordAt(text, start)) === 'insert') return end;
  const match = /^(?:[^;"]|"[^"]*"|")*/.exec(text.slice(start, end));
  return Math.min(end, start + (match?.[0].length ?? 0) + 1);
}

/** The parser's error, with its place in the whole text. */
function faultFrom(text: string, start: number): string {
  try {
    parseQuery(text.slice(0, start).replace(/[^\n]/g, ' ') + text.slice(start));
  } catch (error) {
    return messageOf(error);
  }
  return 'this statement cannot be told from the next one: put a semicolon between them';
}

function wordAt(text: string, at: number): string {
  return /[A-Za-z_]\w*/y.exec(text.slice(at, at + 40))?.[0] ?? '';
}

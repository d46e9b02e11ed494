// Format `json`: the answer as one document on one line, or indented by four spaces. Values are the server's own text.
import type { AnswerMessage, AnswerResult, AnswerSeries } from './answer.ts';
import type { AnswerPrinter } from './print-answer.ts';
import type { TextOutput } from './text-output.ts';

const INDENT = '    ';

export class JsonPrinter implements AnswerPrinter {
  readonly #output: TextOutput;
  readonly #pretty: boolean;
  #isFirst = true;

  constructor(output: TextOutput, pretty: boolean) {
    this.#output = output;
    this.#pretty = pretty;
  }

  result(result: AnswerResult): Promise<void> {
    const lead = this.#isFirst ? this.#layout('{"results":[', `{\n${INDENT}"results": [`) : ',';
    this.#isFirst = false;
    return this.#output.write(lead + this.#layout('', `\n${INDENT.repeat(2)}`) + this.#value(resultJson(result), 2));
  }

  end(error: string | null): Promise<void> {
    const members: string[] = [];
    if (error !== null) members.push(`"error":${jsonString(error)}`);
    if (this.#isFirst) return this.#output.write(`${this.#value(object(members), 0)}\n`);
    const close = this.#layout(']', `\n${INDENT}]`);
    const rest = members.map((member) => this.#layout(`,${member}`, `,\n${INDENT}${member.replace(':', ': ')}`));
    return this.#output.write(`${close}${rest.join('')}${this.#layout('}', '\n}')}\n`);
  }

  close(): void {}

  #layout(plain: string, pretty: string): string {
    return this.#pretty ? pretty : plain;
  }

  #value(json: string, depth: number): string {
    return this.#pretty ? indentJson(json, depth) : json;
  }
}

function resultJson({ series, messages, error }: AnswerResult): string {
  const members: string[] = [];
  if (series.length > 0) members.push(`"series":[${series.map(seriesJson).join(',')}]`);
  if (messages.length > 0) members.push(`"messages":[${messages.map(messageJson).join(',')}]`);
  if (error !== null) members.push(`"error":${jsonString(error)}`);
  return object(members);
}

function seriesJson({ name, tags, columns, rows, partial }: AnswerSeries): string {
  const members: string[] = [];
  if (name !== '') members.push(`"name":${jsonString(name)}`);
  const tagMembers = tags.map(([key, value]) => `${jsonString(key)}:${jsonString(value)}`);
  if (tags.length > 0) members.push(`"tags":${object(tagMembers)}`);
  if (columns.length > 0) members.push(`"columns":[${columns.map(jsonString).join(',')}]`);
  if (rows.length > 0) members.push(`"values":[${rows.map((row) => `[${row.join(',')}]`).join(',')}]`);
  if (partial) members.push('"partial":true');
  return object(members);
}

function messageJson({ level, text }: AnswerMessage): string {
  return object([`"level":${jsonString(level)}`, `"text":${jsonString(text)}`]);
}

function object(members: readonly string[]): string {
  return `{${members.join(',')}}`;
}

/** As Go writes it: safe to stand in HTML. */
function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Spreads JSON that has no spaces in it over lines; its first line stands at `depth` already. */
function indentJson(json: string, depth: number): string {
  const token = /"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]|[^"{}[\],:]+/g;
  let text = '';
  for (const [part] of json.matchAll(token)) {
    if (part === '{' || part === '[') text += `${part}\n${INDENT.repeat(++depth)}`;
    else if (part === '}' || part === ']') text += `\n${INDENT.repeat(--depth)}${part}`;
    else if (part === ',') text += `,\n${INDENT.repeat(depth)}`;
    else text += part === ':' ? ': ' : part;
  }
  return text;
}

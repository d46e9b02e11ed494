// Lines of a file to points of line protocol: a string may have line breaks in it, and then its point goes on with the next line.

/** Longer than any point that a server takes; what is still open then is handed on as it is, for the server to refuse. */
const MAX_POINT_CHARACTERS = 4 * 1024 * 1024;

export class PointLines {
  readonly #open: string[] = [];
  #openCharacters = 0;

  /** Whether the next line goes on with a string, so that nothing in it has a meaning of its own. */
  get isWithinString(): boolean {
    return this.#open.length > 0;
  }

  /** The point that the line completes; null when it goes on. */
  add(line: string): string | null {
    const isOpen = this.#open.length > 0 ? !closesString(line) : line.includes('"') && opensString(line);
    if (!isOpen && this.#open.length === 0) return line;
    this.#open.push(line);
    this.#openCharacters += line.length;
    return isOpen && this.#openCharacters < MAX_POINT_CHARACTERS ? null : this.rest();
  }

  /** What was still open at the end of the file. */
  rest(): string | null {
    const lines = this.#open.splice(0);
    this.#openCharacters = 0;
    return lines.length === 0 ? null : lines.join('\n');
  }
}

/** Whether the line, the first of a point, ends within a string. */
function opensString(line: string): boolean {
  return isOpenAfter(line, fieldsAt(line), false);
}

/** Whether the line, which begins within a string, ends outside of one. */
function closesString(line: string): boolean {
  return !isOpenAfter(line, 0, true);
}

/** The fields begin at the first space that is not escaped. */
function fieldsAt(line: string): number {
  let at = 0;
  while (at < line.length && line[at] !== ' ') at += line[at] === '\\' ? 2 : 1;
  return at;
}

/** A string begins with a quote behind `=`, and ends with the next one that is not escaped. */
function isOpenAfter(line: string, from: number, isOpen: boolean): boolean {
  for (let at = from; at < line.length; at++) {
    if (isOpen && line[at] === '\\') at++;
    else if (line[at] === '"') isOpen = !isOpen && line[at - 1] === '=';
  }
  return isOpen;
}

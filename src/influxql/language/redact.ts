// Passwords out of the text of a query, parsed or not, before it goes into a log.

const PASSWORDS =
  /(\bpassword\s+for\b\s*(?:"(?:\\.|[^"\\])*"\s*|[^=;]*)=\s*|\bwith\s+password\s+)('(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|[^\s;]+)/gis;

/** The text with what follows WITH PASSWORD and SET PASSWORD FOR … = replaced, however it is quoted. */
export function redactPasswords(query: string): string {
  return query.replace(PASSWORDS, '$1[REDACTED]');
}

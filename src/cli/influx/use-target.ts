// `USE db.rp`: reads the names and asks the server whether they are there.
import { isWeirError, messageOf } from '../../base/index.ts';
import { ask, columnTexts, quoteName } from './ask.ts';
import type { Session } from './session.ts';

export interface DatabaseTarget {
  readonly database: string;
  /** Empty = the default one. */
  readonly policy: string;
}

/** What is missing, as the text to show; null = nothing. */
export interface MissingTarget {
  readonly database: string | null;
  readonly policy: string | null;
}

/** `db`, `db.rp`, `"db"."rp"`; null for more than two names. */
export function parseTarget(text: string): DatabaseTarget | null {
  const names = [''];
  let isQuoted = false;
  for (const character of text.trim()) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '.' && !isQuoted) names.push('');
    else names[names.length - 1] += character;
  }
  const [database, policy = '', ...more] = names;
  return more.length > 0 ? null : { database, policy };
}

export async function findTarget(session: Session, { database, policy }: DatabaseTarget): Promise<MissingTarget> {
  const noDatabase = await missing(
    session,
    'SHOW DATABASES',
    database,
    `Database ${database} doesn't exist. Run SHOW DATABASES for a list of existing databases.`,
  );
  if (noDatabase !== null || policy === '') return { database: noDatabase, policy: null };
  const query = `SHOW RETENTION POLICIES ON ${quoteName(database)}`;
  const text = `RETENTION POLICY ${policy} doesn't exist. Run ${query} for a list of existing retention polices.`;
  return { database: null, policy: await missing(session, query, policy, text) };
}

/** Null when the answer has the name, else the text to show. */
async function missing(session: Session, query: string, name: string, text: string): Promise<string | null> {
  try {
    const series = await ask(session.client, query);
    return series.some((each) => columnTexts(each, 'name').includes(name)) ? null : `ERR: ${text}`;
  } catch (error) {
    if (session.username === '' || !isWeirError(error, 'invalid')) return `ERR: ${messageOf(error)}`;
    // A user who may not ask may all the same be allowed to use the database.
    await session.say(`WARN: ${messageOf(error)}`);
    return null;
  }
}

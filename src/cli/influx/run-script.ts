// Standard input as a script: nothing runs when a part does not parse, and the first failure ends it.
import type { Script } from './script.ts';
import { DONE, type Outcome, type Session } from './session.ts';
import { NO_PROMPTS, runLine } from './shell-commands.ts';

export async function runScript(session: Session, { parts, fault }: Script, signal: AbortSignal): Promise<Outcome> {
  const [first, ...rest] = parts;
  // One query is the server's to judge: it may know more than this shell.
  if (rest.length === 0 && first.kind === 'query') return session.runQuery(first.text, signal);
  if (fault !== null) return session.fail(`error parsing query: ${fault}`);
  for (const { kind, text } of parts) {
    const outcome =
      kind === 'query' ? await session.runQuery(text, signal) : await runLine(session, text, NO_PROMPTS, signal);
    if (outcome.kind === 'quit') break;
    if (outcome.kind === 'failed') return outcome;
  }
  return DONE;
}

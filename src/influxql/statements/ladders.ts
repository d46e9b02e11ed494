// Ladders: made, changed, dropped and listed. Their policies and buckets are the catalog's; what works on them hears of it last.
import { type Database, type DeclaredLadder, isFed, mayAccess } from '../../catalog/index.ts';
import { readLadder } from '../../ladder/index.ts';
import { printLadderStatement, printLadderText } from '../language/print-ladder.ts';
import { parseLadderText } from '../language/parser.ts';
import type {
  AlterLadderStatement,
  CreateLadderStatement,
  DropLadderStatement,
  ShowLaddersStatement,
} from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables } from './answer.ts';
import { requireDatabase } from './scope.ts';

const COLUMNS = ['name', 'base', 'fed', 'definition'];

/** What exists already is filled in by and by. */
export async function createLadder(
  { name, database, definition }: CreateLadderStatement,
  context: QueryContext,
): Promise<Answer> {
  await context.catalog.createLadder(database, readLadder(name, definition), printLadderText(definition));
  await context.ladders?.refresh();
  return NOTHING;
}

export async function alterLadder(
  { name, database, definition, keepData }: AlterLadderStatement,
  context: QueryContext,
): Promise<Answer> {
  const spec = readLadder(name, definition);
  const gone = await context.catalog.alterLadder(database, spec, printLadderText(definition), keepData);
  await letGo(gone, context);
  return NOTHING;
}

export async function dropLadder(
  { name, database, keepData }: DropLadderStatement,
  context: QueryContext,
): Promise<Answer> {
  await letGo(await context.catalog.dropLadder(database, name, keepData), context);
  return NOTHING;
}

/** Buckets that are in the catalog no more: nothing is written to them before they go. */
export async function letGo(bucketIds: readonly string[], context: QueryContext): Promise<void> {
  await context.ladders?.refresh();
  for (const bucketId of bucketIds) await context.view.dropBucket(bucketId);
}

/** A table for each database that has ladders. */
export function showLadders({ database }: ShowLaddersStatement, context: QueryContext): Answer {
  const databases = database === '' ? readableDatabases(context) : [requireDatabase(database, context)];
  return answerTables(
    databases
      .filter(({ ladders }) => ladders.length > 0)
      .map(({ name, ladders }) => ({ name, columns: COLUMNS, rows: ladders.map((each) => ladderRow(name, each)) })),
  );
}

/** Those whose ladders the user may know of. */
export function readableDatabases({ catalog, user }: QueryContext): readonly Database[] {
  return catalog.databases().filter(({ name }) => user === undefined || mayAccess(user, 'READ', name));
}

function ladderRow(database: string, declared: DeclaredLadder): readonly (string | boolean)[] {
  const { ladder, text } = declared;
  const definition = parseLadderText(text);
  const statement = printLadderStatement({ kind: 'create ladder', name: ladder.name, database, definition });
  return [ladder.name, ladder.base, isFed(declared), statement];
}

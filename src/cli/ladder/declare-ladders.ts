// `[[ladder]]` of the settings: each is made, or changed to what it says, when the server starts. One that is taken out of the
// settings stays; DROP LADDER lets it go.
import { readFile } from 'node:fs/promises';
import { WeirError, messageOf } from '../../base/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { Logger } from '../../http/index.ts';
import { parseLadderRules, printLadderText } from '../../influxql/index.ts';
import { type LadderText, readGraphiteFiles, readLadder } from '../../ladder/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { ViewDoor } from '../../view/index.ts';
import type { Settings } from '../settings.ts';

type Section = Settings['ladder'][number];

export interface DeclaringParts {
  readonly settings: Pick<Settings, 'ladder' | 'graphite'>;
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  readonly logger: Logger;
}

/** Rejects with `invalid`, naming the section, for what is no ladder. What does not fit the database is logged. */
export async function declareLadders({ settings, catalog, view, logger }: DeclaringParts): Promise<void> {
  const declared = await Promise.all(settings.ladder.map((own, index) => readSection(own, index)));
  for (const { section, name, text, notes } of declared) {
    const { database, 'keep-data': keepData } = section;
    for (const note of [...notes, ...templateNotes(section, settings)]) logger.warn({ database, ladder: name }, note);
    try {
      if (catalog.database(database) === undefined) await catalog.createDatabase(database);
      const spec = readLadder(name, text);
      const existing = catalog.database(database)?.ladders.find(({ ladder }) => ladder.name === name);
      if (existing === undefined) await catalog.createLadder(database, spec, printLadderText(text));
      else {
        const gone = await catalog.alterLadder(database, spec, printLadderText(text), keepData);
        for (const bucketId of gone) await view.dropBucket(bucketId);
      }
    } catch (error) {
      logger.error({ database, ladder: name, error: messageOf(error) }, 'a ladder of the settings cannot be declared');
    }
  }
}

async function readSection(section: Section, index: number) {
  const place = `ladder.${index}`;
  const { database, rules, graphite, lateness } = section;
  if (database === '') throw new WeirError('invalid', `${place}.database: expected a name`);
  if ((rules.length === 0) === (graphite.length === 0))
    throw new WeirError('invalid', `${place}: expected rules, or graphite with files`);
  const name = section.name || database;
  try {
    const read = graphite.length === 0 ? { rules: rulesOf(rules), notes: [] } : await graphiteRules(graphite);
    const text: LadderText = { rules: read.rules, latenessNs: lateness === '' ? null : parseDuration(lateness) };
    readLadder(name, text);
    return { section, name, text, notes: read.notes };
  } catch (error) {
    throw new WeirError('invalid', `${place}: ${messageOf(error)}`, error);
  }
}

function rulesOf(texts: readonly string[]): LadderText['rules'] {
  return texts.flatMap((text) => {
    const { rules, latenessNs } = parseLadderRules(text);
    if (latenessNs !== null) throw new WeirError('invalid', 'LATENESS has a setting of its own');
    return rules;
  });
}

async function graphiteRules(paths: readonly string[]) {
  return readGraphiteFiles(
    await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') }))),
  );
}

/** Patterns of Graphite are about paths; where a listener takes these apart, names of measurements are something else. */
function templateNotes({ database, graphite }: Section, settings: DeclaringParts['settings']): readonly string[] {
  if (graphite.length === 0) return [];
  const listeners = settings.graphite.filter((each) => each.enabled && each.database === database);
  if (listeners.every(({ templates, separator }) => templates.length === 0 && separator === '.')) return [];
  return ['patterns of Graphite are matched with names of measurements, which templates and separators make of paths'];
}

// Where settings come from, and which source wins:
//
//     flags  >  WEIR_* environment  >  INFLUXDB_* environment  >  TOML file, Weir's or InfluxDB 1.x's  >  defaults
//
// All are laid over each other as raw values and checked once; a fault names the key and the source of its value.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { WeirError, messageOf } from '../base/index.ts';
import { InfluxdbSettings } from './influxdb-config/influxdb-settings.ts';
import { isInfluxdbFile } from './influxdb-config/recognize-influxdb.ts';
import { translateInfluxdbEnvironment, translateInfluxdbFile } from './influxdb-config/translate-influxdb.ts';
import { listKey, listLength, listVariable, withArrays } from './list-settings.ts';
import { SETTINGS, SETTINGS_TREE, SETTING_LISTS, type Settings, environmentName, flagName } from './settings.ts';
import { type SettingLeaf, readTree } from './setting-types.ts';
import { type TomlTable, parseToml, printToml } from './toml.ts';

export interface SettingSources {
  /** Flag -> value: `--http-bind` -> `:8086`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A settings file; null = `WEIR_CONFIG` or `INFLUXDB_CONFIG_PATH`, or none. `/dev/null` = none. */
  readonly file: string | null;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The effective settings as they would be written in a file. */
  readonly toml: string;
  readonly warnings: readonly string[];
  /** What is worth knowing of them. */
  readonly notes: readonly string[];
}

/** A raw value and where it was given. */
interface Given {
  readonly value: unknown;
  readonly origin: string;
}

/** Throws `invalid` with a line for each fault: `http.bind (from WEIR_HTTP_BIND): expected …`. */
export async function loadSettings(sources: SettingSources): Promise<LoadedSettings> {
  const { environment, flags } = sources;
  const given = new Map<string, Given>();
  const influxdb = await gatherFile(sources, given);
  const lengths = new Map(SETTING_LISTS.map((list) => [list.key, listLength(list, given.keys())]));
  influxdb.add(translateInfluxdbEnvironment(environment, lengths), given);
  for (const leaf of SETTINGS) {
    const variable = environmentName(leaf.key);
    const fromEnvironment = environment[variable];
    if (fromEnvironment !== undefined)
      given.set(leaf.key, { value: fromText(leaf, fromEnvironment), origin: variable });
    const flag = flagName(leaf.key);
    if (flag in flags) given.set(leaf.key, { value: fromText(leaf, flags[flag]), origin: flag });
  }
  for (const [variable, text] of Object.entries(environment)) {
    const listed = listVariable(SETTING_LISTS, variable);
    if (listed !== undefined && text !== undefined) {
      given.set(listed.key, { value: fromText(listed.leaf, text), origin: variable });
    }
  }
  const read = readTree(SETTINGS_TREE, nest(given));
  const faults = [...influxdb.faults, ...('faults' in read ? faultLines(read.faults, given) : [])];
  if ('faults' in read || faults.length > 0) throw new WeirError('invalid', faults.join('\n'));
  const dataDir = resolve(read.settings['data-dir'] || defaultDataDir(environment));
  const settings: Settings = { ...read.settings, 'data-dir': dataDir };
  given.set('data-dir', { value: dataDir, origin: '' });
  const warnings = [...influxdb.warnings(), ...unknownVariables(environment)];
  return { settings, toml: printToml(effective(given)), warnings, notes: influxdb.notes(dataDir) };
}

const OWN_KEYS: ReadonlySet<string> = new Set([
  ...SETTINGS.map(({ key }) => key),
  ...SETTING_LISTS.flatMap((list) => list.leaves.map(({ key }) => `${list.key}.${key}`)),
]);

/** Notes the values of the file, if there is one, and what became of it where it is InfluxDB's. */
async function gatherFile({ file, environment }: SettingSources, given: Map<string, Given>): Promise<InfluxdbSettings> {
  const path = file ?? environment.WEIR_CONFIG ?? environment.INFLUXDB_CONFIG_PATH ?? '';
  const influxdb = new InfluxdbSettings();
  if (path === '' || path === '/dev/null') return influxdb;
  const table = await readTable(path);
  if (!isInfluxdbFile(table, OWN_KEYS, path)) gatherTable(table, '', path, given);
  else {
    influxdb.file = path;
    influxdb.add(translateInfluxdbFile(table, path), given);
  }
  return influxdb;
}

async function readTable(path: string): Promise<TomlTable> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new WeirError('invalid', `the settings file cannot be read: ${messageOf(error)}`, error);
  }
  // Editors of Windows begin a file with a mark of its encoding.
  return parseToml(text.replace(/^\uFEFF/, ''), path);
}

/** Notes the values of a file by key. Tables are sections, whatever they are called; those of a list are numbered. */
function gatherTable(table: TomlTable, prefix: string, origin: string, given: Map<string, Given>): void {
  for (const [name, value] of Object.entries(table)) {
    const key = prefix + name;
    if (isTable(value)) gatherTable(value, `${key}.`, origin, given);
    else if (isTableList(value)) {
      value.forEach((each, index) => {
        // A section counts although nothing is set in it.
        given.set(`${key}.${index}`, { value: {}, origin });
        gatherTable(each, `${key}.${index}.`, origin, given);
      });
    } else given.set(key, { value, origin });
  }
}

function isTableList(value: unknown): value is readonly TomlTable[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Flags and variables are text; what is no boolean or integer stays text and is refused by the check. */
function fromText(leaf: SettingLeaf, text: string): unknown {
  if (leaf.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (leaf.kind === 'texts') return text === '' ? [] : text.split(',');
  return leaf.kind === 'integer' && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function nest(given: ReadonlyMap<string, Given>): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [key, { value }] of given) {
    const names = key.split('.');
    const last = names.pop() as string;
    let table = root;
    for (const name of names) table = (table[name] ??= {}) as Record<string, unknown>;
    if (isTable(table)) table[last] = isTable(value) ? { ...value } : value;
  }
  return withArrays(root, SETTING_LISTS, [...given.keys()]);
}

function effective(given: ReadonlyMap<string, Given>): TomlTable {
  const listed = SETTING_LISTS.flatMap((list) =>
    Array.from({ length: listLength(list, given.keys()) }, (_, index) =>
      list.leaves.map((leaf) => ({ ...leaf, key: listKey(list, index, leaf) })),
    ),
  );
  const leaves = [...SETTINGS, ...listed.flat()];
  return nest(new Map(leaves.map(({ key, fallback }) => [key, given.get(key) ?? { value: fallback, origin: '' }])));
}

function faultLines(
  faults: readonly { readonly key: string; readonly message: string }[],
  given: ReadonlyMap<string, Given>,
): readonly string[] {
  return faults.map(({ key, message }) => {
    const [, source] = [...given].find(([name]) => name === key || name.startsWith(`${key}.`)) ?? [];
    if (source === undefined) return `${key}: ${message}`;
    const came = given.has(key) && message.startsWith('expected') ? `, got ${JSON.stringify(source.value)}` : '';
    return `${key} (from ${source.origin}): ${message}${came}`;
  });
}

function defaultDataDir(environment: SettingSources['environment']): string {
  const shared = environment.XDG_DATA_HOME;
  return shared ? join(shared, 'weir') : join(environment.HOME ?? homedir(), '.weir');
}

/** A misspelt variable would have no effect and no error otherwise. */
function unknownVariables(environment: SettingSources['environment']): readonly string[] {
  const known = new Set(['WEIR_CONFIG', ...SETTINGS.map(({ key }) => environmentName(key))]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('WEIR_') && !known.has(name) && listVariable(SETTING_LISTS, name) === undefined)
    .map((name) => `${name} is set, but there is no such setting`);
}

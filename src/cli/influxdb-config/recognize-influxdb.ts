// Whether a settings file is InfluxDB 1.x's or Weir's own. Some sections are the same in both; one key that only one of them
// has decides.
import { WeirError } from '../../base/index.ts';
import type { TomlTable } from '../toml.ts';
import { INFLUXDB_KEYS, INFLUXDB_LISTS } from './influxdb-keys.ts';

const INFLUXDB_SECTIONS: ReadonlySet<string> = new Set([
  ...INFLUXDB_KEYS.map(({ key }) => key.split('.')[0]),
  'cluster',
  'admin',
]);
const KNOWN_TO_INFLUXDB: ReadonlySet<string> = new Set(INFLUXDB_KEYS.map(({ key }) => key));

/** `own`: the keys of Weir's settings, those of lists without a number. Throws `invalid` for a mixture of both. */
export function isInfluxdbFile(table: TomlTable, own: ReadonlySet<string>, path: string): boolean {
  const ownSections = new Set(Array.from(own, (key) => key.split('.')[0]));
  const keys = keysIn(table);
  const influxdb = keys.find((key) => {
    const [section] = key.split('.', 1);
    return KNOWN_TO_INFLUXDB.has(key) ? !own.has(key) : INFLUXDB_SECTIONS.has(section) && !ownSections.has(section);
  });
  const weir = keys.find((key) => own.has(key) && !KNOWN_TO_INFLUXDB.has(key));
  if (influxdb !== undefined && weir !== undefined) {
    const mixture = `${influxdb} is a key of InfluxDB's configuration, ${weir} one of Weir's`;
    throw new WeirError('invalid', `${path}: ${mixture}; \`weir config\` makes Weir's settings of InfluxDB's`);
  }
  return influxdb !== undefined;
}

function keysIn(table: TomlTable): readonly string[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const tables = INFLUXDB_LISTS.includes(name) && Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return tables.flatMap((one) => {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) return [name];
      const inner = Object.keys(one);
      // An empty section says at least what it is called.
      return inner.length === 0 ? [`${name}.`] : inner.map((key) => `${name}.${key}`);
    });
  });
}

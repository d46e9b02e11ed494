// Sections that may stand several times. In the flat table of given values the index is part of the key:
//
//     [[graphite]]                          graphite.0.bind-address
//     bind-address = ":2003"       ◄──►     WEIR_GRAPHITE_0_BIND_ADDRESS
import type { SettingLeaf, SettingList } from './setting-types.ts';

/** More listeners than anybody has; keeps a mistyped index from making thousands. */
const MAX_SECTIONS = 100;

/** `graphite.0.bind-address` */
export function listKey(list: SettingList, index: number | string, leaf: SettingLeaf): string {
  return `${list.key}.${index}.${leaf.key}`;
}

/** The key and kind of a setting that a variable such as `WEIR_GRAPHITE_0_ENABLED` names; undefined = it is none of these lists. */
export function listVariable(
  lists: readonly SettingList[],
  variable: string,
): { readonly key: string; readonly leaf: SettingLeaf } | undefined {
  for (const list of lists) {
    const prefix = `WEIR_${upper(list.key)}_`;
    const match = variable.startsWith(prefix) ? /^(0|[1-9]\d?)_(.+)$/.exec(variable.slice(prefix.length)) : null;
    const leaf = match === null ? undefined : list.leaves.find(({ key }) => upper(key) === match[2]);
    if (match !== null && leaf !== undefined && Number(match[1]) < MAX_SECTIONS) {
      return { key: listKey(list, match[1], leaf), leaf };
    }
  }
  return undefined;
}

function upper(key: string): string {
  return key.replaceAll('-', '_').toUpperCase();
}

/** How many sections of a list the keys name: one more than the highest index. */
export function listLength(list: SettingList, keys: Iterable<string>): number {
  let length = 0;
  for (const key of keys) {
    const index = key.startsWith(`${list.key}.`) ? /^\d+/.exec(key.slice(list.key.length + 1)) : null;
    if (index !== null) length = Math.max(length, Number(index[0]) + 1);
  }
  return length;
}

/** Makes arrays of the objects with numbers for keys. An index that was left out is a section without settings. */
export function withArrays(
  root: Readonly<Record<string, unknown>>,
  lists: readonly SettingList[],
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  const arrays = lists.flatMap((list): readonly (readonly [string, unknown])[] => {
    const length = listLength(list, keys);
    const sections = root[list.key] as Readonly<Record<string, unknown>> | undefined;
    if (length === 0 || sections === undefined) return [];
    // A plain `[graphite]` beside them is a fault that the check tells of.
    if (Object.keys(sections).some((name) => !/^\d+$/.test(name))) return [];
    return [[list.key, Array.from({ length }, (_, index) => sections[index] ?? {})]];
  });
  return { ...root, ...Object.fromEntries(arrays) };
}

// collectd's values as lines of line protocol:
//
//     split   load_shortterm,host=h,type=load value=0.1 …      a line for each value
//             load_midterm,host=h,type=load value=0.2 …
//     join    load,host=h,type=load shortterm=0.1,midterm=0.2 …
import { messageOf } from '../../base/index.ts';
import { KnownSeries } from '../known-series.ts';
import { fieldText, floatText, linePrefix } from '../line-text.ts';
import type { ValueList } from './packet.ts';
import type { DataSource, TypesDb } from './types-db.ts';

/** Why values gave no points, or not all. */
export type ValueFault =
  | 'values of types that types.db does not know'
  | 'values that cannot be stored'
  | 'gauges that are no number';

export type OnValueFault = (fault: ValueFault, count: number, example: () => string) => void;

export interface ValueLines {
  readonly text: string;
  readonly points: number;
}

/** How the lines of one identity begin; remembered, as it comes again and again. */
interface Series {
  readonly sources: readonly DataSource[];
  /** A line's beginning for each source, up to its value; or, with one line for all, each field's. */
  readonly prefixes: readonly string[];
  /** The beginning of the one line for all; null when each source has its own. */
  readonly joined: string | null;
}

const NO_LINES: ValueLines = { text: '', points: 0 };

export class ValueLineMaker {
  readonly #types: TypesDb;
  readonly #join: boolean;
  readonly #onFault: OnValueFault;
  readonly #series = new KnownSeries<Series>();

  constructor(types: TypesDb, join: boolean, onFault: OnValueFault) {
    this.#types = types;
    this.#join = join;
    this.#onFault = onFault;
  }

  linesOf(list: ValueList): ValueLines {
    const { time, values } = list;
    const series = this.#seriesOf(list);
    if (series === null) return NO_LINES;
    if (series.sources.length !== values.count) {
      return this.#refuse('values of types that types.db does not know', list, 'another number of values');
    }
    if (time === null) return this.#refuse('values that cannot be stored', list, 'a time out of range');
    return series.joined === null ? this.#split(series, list) : this.#joinValues(series, series.joined, list);
  }

  #split({ sources, prefixes }: Series, list: ValueList): ValueLines {
    let text = '';
    let points = 0;
    for (let index = 0; index < sources.length; index++) {
      const value = list.values.value(index, sources[index].kind);
      if (!Number.isFinite(value)) {
        this.#skip(list, sources[index], value);
        continue;
      }
      text += `${prefixes[index]}${floatText(value)} ${list.time}\n`;
      points++;
    }
    return { text, points };
  }

  #joinValues({ sources, prefixes }: Series, joined: string, list: ValueList): ValueLines {
    let fields = '';
    for (let index = 0; index < sources.length; index++) {
      const value = list.values.value(index, sources[index].kind);
      if (!Number.isFinite(value)) this.#skip(list, sources[index], value);
      else fields += `${fields === '' ? '' : ','}${prefixes[index]}${floatText(value)}`;
    }
    return fields === '' ? NO_LINES : { text: `${joined}${fields} ${list.time}\n`, points: 1 };
  }

  #seriesOf(list: ValueList): Series | null {
    const { host, plugin, pluginInstance, type, typeInstance } = list;
    if (host === null || plugin === null || pluginInstance === null || type === null || typeInstance === null) {
      this.#refuse('values that cannot be stored', list, 'invalid UTF-8');
      return null;
    }
    const key = `${host}\0${plugin}\0${pluginInstance}\0${type}\0${typeInstance}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const sources = this.#types.get(type);
    if (sources === undefined) {
      this.#refuse('values of types that types.db does not know', list, 'it is not there');
      return null;
    }
    try {
      const series = newSeries({ ...list, host, plugin, pluginInstance, type, typeInstance }, sources, this.#join);
      this.#series.add(key, series, series.prefixes.length * (key.length + 100));
      return series;
    } catch (error) {
      this.#refuse('values that cannot be stored', list, messageOf(error));
      return null;
    }
  }

  #refuse(fault: ValueFault, list: ValueList, reason: string): ValueLines {
    this.#onFault(fault, list.values.count, () => `${nameOf(list)}: ${reason}`);
    return NO_LINES;
  }

  /** collectd sends NaN for what a plugin could not read this time. */
  #skip(list: ValueList, { name }: DataSource, value: number): void {
    this.#onFault('gauges that are no number', 1, () => `${nameOf(list)}, ${name}: ${value}`);
  }
}

function newSeries(
  identity: { readonly [Name in 'host' | 'plugin' | 'pluginInstance' | 'type' | 'typeInstance']: string },
  sources: readonly DataSource[],
  join: boolean,
): Series {
  const { host, plugin, pluginInstance, type, typeInstance } = identity;
  const tags: readonly (readonly [string, string])[] = [
    ['host', host],
    ['instance', pluginInstance],
    ['type', type],
    ['type_instance', typeInstance],
  ];
  if (!join) {
    const prefixes = sources.map(({ name }) => linePrefix(`${plugin}_${name}`, tags, 'value'));
    return { sources, prefixes, joined: null };
  }
  const prefixes = sources.map(({ name }) => fieldText(name));
  const joined = linePrefix(plugin, tags, 'value').slice(0, -'value='.length);
  return { sources, prefixes, joined };
}

/** As collectd writes it: `host/plugin-instance/type-instance`. */
function nameOf({ host, plugin, pluginInstance, type, typeInstance }: ValueList): string {
  const part = (name: string | null, instance: string | null): string => (instance ? `${name}-${instance}` : `${name}`);
  return `${host}/${part(plugin, pluginInstance)}/${part(type, typeInstance)}`;
}

// A template says what the parts of a Graphite path mean. As text:
//
//     [FILTER] TEMPLATE [TAG=VALUE,…]              servers.* .host.resource.measurement* region=eu
//
// Parts of the template stand for parts of the path: `measurement`, `field`, a tag's key, or nothing (left out). A part that
// comes again is joined. `measurement*` and `field*` take the rest of the path.
import { WeirError } from '../../base/index.ts';

export interface Template {
  readonly parts: readonly string[];
  /** Tags of every point, before those of the path. */
  readonly tags: ReadonlyMap<string, string>;
  /** Joins parts of a path that mean the same. */
  readonly separator: string;
}

export interface TemplateRule {
  /** "" = for every path that no other filter takes. */
  readonly filter: string;
  readonly template: Template;
}

/** What a path means. */
export interface PathMeaning {
  /** "" when the path is too short to have one. */
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  /** "" when it has none. */
  readonly field: string;
}

/** Throws `invalid` for a text that is no template, with InfluxDB's reasons. */
export function parseTemplate(text: string, separator: string): TemplateRule {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) throw new WeirError('invalid', 'missing template');
  if (words.length > 3) throw new WeirError('invalid', `invalid template format: '${text}'`);
  const hasFilter = words.length === 3 || (words.length === 2 && !words[1].includes('='));
  const [filter, pattern, tagText] = hasFilter ? words : ['', ...words];
  const parts = pattern.split('.');
  if (!parts.includes('measurement') && !parts.includes('measurement*')) {
    throw new WeirError('invalid', `no measurement in template \`${pattern}\``);
  }
  if (parts.includes('measurement*') && parts.includes('field*')) {
    throw new WeirError(
      'invalid',
      `either 'field*' or 'measurement*' can be used in a template, not both: '${pattern}'`,
    );
  }
  if (parts.filter((part) => part === 'field').length > 1) {
    throw new WeirError('invalid', `'field' can only be used once in a template: '${pattern}'`);
  }
  checkFilter(filter);
  return { filter, template: { parts, tags: parseTags(tagText?.split(',') ?? []), separator } };
}

function checkFilter(filter: string): void {
  if (filter === '') return;
  for (const part of filter.split('.')) {
    if (part === '') throw new WeirError('invalid', `filter contains blank section: ${filter}`);
    if (part.includes('*') && part !== '*')
      throw new WeirError('invalid', `invalid filter wildcard section: ${filter}`);
  }
}

/** `key=value` each. */
export function parseTags(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map((text) => {
      const [key, value, ...rest] = text.split('=');
      if (!key || !value || rest.length > 0) throw new WeirError('invalid', `invalid template tags: '${text}'`);
      return [key, value];
    }),
  );
}

export function applyTemplate({ parts, tags, separator }: Template, path: string): PathMeaning {
  const values = path.split('.');
  const measurement: string[] = [];
  const joined = new Map<string, string>(tags);
  let field = '';
  for (let index = 0; index < Math.min(parts.length, values.length); index++) {
    const part = parts[index];
    const value = values[index];
    if (part === 'measurement*') {
      measurement.push(...values.slice(index));
      break;
    }
    if (part === 'field*') {
      field = values.slice(index).join(separator);
      break;
    }
    if (part === 'measurement') measurement.push(value);
    else if (part === 'field') field = value;
    else if (part !== '') {
      const before = joined.get(part);
      joined.set(part, before === undefined ? value : before + separator + value);
    }
  }
  return { measurement: measurement.join(separator), tags: joined, field };
}

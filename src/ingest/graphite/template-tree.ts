// Finds the template for a path: the filters as a tree of their parts, in which a name goes before the wildcard.
//
//     servers.*.cpu        servers ─ * ─ cpu
//     servers.localhost            ╰ localhost
//
// As in InfluxDB a path that has gone into a branch does not come back to try the wildcard beside it, and a filter also takes
// paths that go on behind it.
import { WeirError } from '../../base/index.ts';
import type { Template, TemplateRule } from './template.ts';

interface Node {
  readonly children: Map<string, Node>;
  template: Template | null;
}

export class TemplateTree {
  readonly #root: Node = { children: new Map(), template: null };
  #fallback: Template = { parts: ['measurement*'], tags: new Map(), separator: '.' };

  /** Throws `invalid` when a filter comes twice. */
  constructor(rules: readonly TemplateRule[]) {
    const filters = new Set<string>();
    rules.forEach(({ filter, template }, index) => {
      if (filters.has(filter)) {
        throw new WeirError('invalid', `duplicate filter '${filter}' found at position: ${index}`);
      }
      filters.add(filter);
      if (filter === '') this.#fallback = template;
      else insert(this.#root, filter.split('.'), template);
    });
  }

  match(path: string): Template {
    let node = this.#root;
    for (const part of path.split('.')) {
      const next = node.children.get(part) ?? node.children.get('*');
      if (next === undefined) break;
      node = next;
    }
    return node.template ?? this.#fallback;
  }
}

function insert(root: Node, parts: readonly string[], template: Template): void {
  let node = root;
  for (const part of parts) {
    let child = node.children.get(part);
    if (child === undefined) {
      // A wildcard stands for what its parent takes, until it has a template of its own.
      child = { children: new Map(), template: part === '*' ? node.template : null };
      node.children.set(part, child);
    }
    node = child;
  }
  node.template = template;
}

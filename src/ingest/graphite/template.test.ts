// What paths mean: templates, filters, tags.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { TemplateTree } from './template-tree.ts';
import { applyTemplate, parseTags, parseTemplate } from './template.ts';

/** `measurement|tag=value,…|field` of a path under some templates. */
function meaning(templates: readonly string[], path: string, separator = '.'): string {
  const tree = new TemplateTree(templates.map((text) => parseTemplate(text, separator)));
  const { measurement, tags, field } = applyTemplate(tree.match(path), path);
  const tagText = [...tags].map(([key, value]) => `${key}=${value}`).toSorted();
  return `${measurement}|${tagText.join(',')}|${field}`;
}

function means(templates: readonly string[], path: string, expected: string, separator?: string): void {
  test(`${JSON.stringify(templates)}: ${path}`, () => assert.equal(meaning(templates, path, separator), expected));
}

function refused(templates: readonly string[], reason: RegExp): void {
  test(`refused: ${JSON.stringify(templates)}`, () => {
    assert.throws(
      () => meaning(templates, 'a'),
      (error) => isWeirError(error, 'invalid') && reason.test(error.message),
    );
  });
}

// One template
means([], 'servers.a.cpu', 'servers.a.cpu||');
means(['measurement'], 'cpu.load', 'cpu||');
means(['.host.measurement'], 'servers.a.cpu.load', 'cpu|host=a|');
means(['.host.measurement*'], 'servers.a.cpu.load', 'cpu.load|host=a|');
means(['host..measurement'], 'a.skipped.cpu', 'cpu|host=a|');
means(['measurement.measurement.host'], 'cpu.load.a', 'cpu.load|host=a|');
means(['measurement.host.measurement'], 'cpu.a.load', 'cpu_load|host=a|', '_');
means(['region.host.measurement.region'], 'us.a.cpu.west', 'cpu|host=a,region=us.west|');
means(['host.measurement.field'], 'a.cpu.idle', 'cpu|host=a|idle');
means(['host.measurement.field*'], 'a.cpu.idle.percent', 'cpu|host=a|idle_percent', '_');
means(['host.measurement*'], 'a.cpu.load', 'cpu_load|host=a|', '_');
means(['host.zone.measurement'], 'a.b', '|host=a,zone=b|');
means(['host.zone.measurement'], 'a', '|host=a|');
means(['.host.measurement region=eu,dc=1'], 'x.a.cpu', 'cpu|dc=1,host=a,region=eu|');
means(['measurement.host host=b'], 'cpu.a', 'cpu|host=b.a|');
means(['measurement.host'], 'cpu.', 'cpu|host=|');

// Filters
means(['servers.* .host.measurement*', 'measurement*'], 'servers.a.cpu.load', 'cpu.load|host=a|');
means(['servers.* .host.measurement*', 'host.measurement*'], 'a.cpu', 'cpu|host=a|');
means(['servers.* .host.measurement*'], 'other.a.cpu', 'other.a.cpu||');
means(['servers.* .host.measurement x=1', 'servers.b .host.measurement x=2'], 'servers.b.cpu', 'cpu|host=b,x=2|');
means(['*.b .host.measurement x=1', 'servers.* .host.measurement x=2'], 'servers.b.cpu', 'cpu|host=b,x=2|');
means(['*.b .host.measurement x=1', 'servers.* .host.measurement x=2'], 'other.b.cpu', 'cpu|host=b,x=1|');
means(['a.b.c measurement x=1', 'a.*.d measurement x=2'], 'a.b.d', 'a.b.d||');
means(['a.b measurement x=1', 'a.b.c.d measurement x=2'], 'a.b.c.e', 'a.b.c.e||');
means(['a.b measurement x=1'], 'a.b.c', 'a|x=1|');
means(['a measurement x=1', 'a.*.c measurement x=2'], 'a.b.d', 'a|x=1|');
means(['a.*.c measurement x=2', 'a measurement x=1'], 'a.b.d', 'a.b.d||');
means(['measurement.x', 'a measurement.y'], 'b.c', 'b|x=c|');

// What is no template
refused([''], /missing template/);
refused(['a b c d'], /invalid template format: 'a b c d'/);
refused(['host.zone'], /no measurement in template `host.zone`/);
refused(['a.b host.zone'], /no measurement in template `host.zone`/);
refused(['measurements'], /no measurement/);
refused(['a..b measurement'], /filter contains blank section: a..b/);
refused(['a.b* measurement'], /invalid filter wildcard section: a.b\*/);
refused(['measurement a=b=c'], /invalid template tags: 'a=b=c'/);
refused(['measurement a='], /invalid template tags: 'a='/);
refused(['a.b measurement c'], /invalid template tags: 'c'/);
refused(['measurement*.field*'], /not both/);
refused(['measurement.field.field'], /only be used once/);
refused(['a measurement', 'b measurement', 'a measurement*'], /duplicate filter 'a' found at position: 2/);
refused(['measurement', 'measurement*'], /duplicate filter '' found at position: 1/);

test('tags', () => {
  assert.deepEqual(
    [...parseTags(['a=b', 'c=d'])],
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  );
  for (const text of ['', 'a', 'a=', '=b', 'a=b=c']) assert.throws(() => parseTags([text]), /invalid template tags/);
});

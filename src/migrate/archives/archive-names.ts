// What a file's path says of the series in it: by a Graphite template, or by the directories that collectd makes.
//
//     servers/web1/cpu/load.wsp          servers.web1.cpu.load, as the templates have it
//     web1/interface-eth0/if_octets.rrd  host=web1, instance=eth0, type=if_octets; measurement interface_rx, field value
import { WeirError } from '../../base/index.ts';
import { type PathMeaning, TemplateTree, applyTemplate, parseTemplate } from '../../ingest/index.ts';

/** `source`: the data source within the file, "" for its only one. */
export type NameOf = (path: string, source: string) => PathMeaning;

/** Throws `invalid` for a template that is none. A source's name follows the field, or is the field. */
export function namesByTemplate(templates: readonly string[], separator: string): NameOf {
  const tree = new TemplateTree(templates.map((text) => parseTemplate(text, separator)));
  return (path, source) => {
    const dotted = pathParts(path).join('.');
    const { measurement, tags, field } = applyTemplate(tree.match(dotted), dotted);
    const name = field === '' ? source : source === '' ? field : field + separator + source;
    return { measurement: measurement || dotted, tags, field: name || 'value' };
  };
}

/** HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE].rrd: as the listener for collectd names what it gets. */
export const collectdName: NameOf = (path, source) => {
  const parts = pathParts(path);
  if (parts.length < 3) throw new WeirError('invalid', `${path}: expected HOST/PLUGIN-INSTANCE/TYPE-INSTANCE.rrd`);
  const [host, plugin, type] = parts.slice(-3);
  const [pluginName, instance] = splitAtDash(plugin);
  const [typeName, typeInstance] = splitAtDash(type);
  const tags = Object.entries({ host, instance, type: typeName, type_instance: typeInstance });
  return {
    measurement: `${pluginName}_${source || 'value'}`,
    tags: new Map(tags.filter(([, value]) => value !== '')),
    field: 'value',
  };
};

/** Directories and the name without its ending. */
function pathParts(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.map((part, at) => (at === parts.length - 1 ? part.replace(/\.(rrd|xml|wsp)$/i, '') : part));
}

function splitAtDash(text: string): [name: string, instance: string] {
  const at = text.indexOf('-');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

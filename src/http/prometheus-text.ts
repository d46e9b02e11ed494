// Figures of the other rooms as Prometheus text. What /metrics tells under a name of its own already is left out.
import type { Statistic } from '../base/index.ts';

const TOLD_OTHERWISE: ReadonlySet<string> = new Set(['httpd', 'queryExecutor', 'runtime', 'weir_view']);

/** `weir_shard_disk_bytes{database="d",id="1"} 17`, all of one name together; texts are no figures. */
export function prometheusText(statistics: readonly Statistic[]): string {
  const samples = new Map<string, string[]>();
  for (const { name, tags, values } of statistics) {
    if (TOLD_OTHERWISE.has(name)) continue;
    const labels = Object.entries(tags).map(([key, value]) => `${snakeCase(key)}="${escape(value)}"`);
    for (const [key, value] of Object.entries(values)) {
      if (typeof value === 'string') continue;
      const metric = metricName(name, key);
      const lines = samples.get(metric) ?? [];
      lines.push(`${metric}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${Number(value)}`);
      samples.set(metric, lines);
    }
  }
  return Array.from(samples, ([metric, lines]) => `# TYPE ${metric} untyped\n${lines.join('\n')}\n`).join('');
}

function metricName(statistic: string, value: string): string {
  const prefix = statistic.startsWith('weir_') ? '' : 'weir_';
  return `${prefix}${snakeCase(statistic)}_${snakeCase(value)}`;
}

/** `writePointsOk` → `write_points_ok` */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d_]/g, '_')
    .toLowerCase();
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

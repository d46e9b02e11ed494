// Figures as text. A figure that does not exist is a dash.

export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return '–';
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(2)} M/s` : `${Math.round(perSecond / 1e3)} K/s`;
}

export function bytes(count: number | undefined): string {
  if (count === undefined) return '–';
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} GB`;
  return count >= 1e7 ? `${Math.round(count / 1e6)} MB` : `${(count / 1e6).toFixed(1)} MB`;
}

export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms >= 100) return ms.toFixed(0);
  return ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

export function seconds(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(1)} s`;
}

export function ratio(value: number | undefined): string {
  if (value === undefined) return '–';
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} ×`;
}

export function count(value: number | undefined): string {
  return value === undefined ? '–' : value.toLocaleString('en-US');
}

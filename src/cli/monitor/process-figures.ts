// Figures of the process: those of Go's runtime that Node has too, under Go's names, so that dashboards made for InfluxDB find
// them.
import { PerformanceObserver } from 'node:perf_hooks';
import type { Statistic } from '../../base/index.ts';

export class ProcessFigures {
  readonly #observer: PerformanceObserver;
  #collections = 0;
  #pauseMs = 0;

  constructor() {
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#collections++;
        this.#pauseMs += duration;
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  statistic(): Statistic {
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    return {
      name: 'runtime',
      tags: {},
      values: {
        Alloc: heapUsed + external,
        HeapAlloc: heapUsed,
        HeapIdle: heapTotal - heapUsed,
        HeapInUse: heapUsed,
        HeapSys: heapTotal,
        NumGC: this.#collections,
        // What keeps the event loop busy is the nearest that Node has to goroutines.
        NumGoroutine: process.getActiveResourcesInfo().length,
        PauseTotalNs: Math.round(this.#pauseMs * 1e6),
        Sys: rss,
      },
    };
  }

  close(): void {
    this.#observer.disconnect();
  }
}

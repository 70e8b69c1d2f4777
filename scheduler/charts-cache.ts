import type { Chart } from '#engine/chart/chart';
import { compileChart } from '#engine/chart/compile';
import type { CompiledChart } from '#engine/chart/compiled';
import { FlowbeatError } from '#ports/errors';
import type { ChartStore } from '#ports/store';
import type { Charts } from '#scheduler/context';

/** A chart of 10,000 states takes some 10 MB compiled; most take a few KB. */
const MOST_STATES = 40_000;

/**
 * Compiled charts, each compiled once while it is used: a stored version never changes. Those used longest ago go when their states together pass a
 * bound, so that many charts do not fill the memory.
 */
export class ChartsCache implements Charts {
  readonly #store: Pick<ChartStore, 'readChart'>;
  readonly #charts = new Map<string, CompiledChart>();
  readonly #loading = new Map<string, Promise<CompiledChart>>();
  #states = 0;

  constructor(store: Pick<ChartStore, 'readChart'>) {
    this.#store = store;
  }

  async get(name: string, version: number): Promise<CompiledChart> {
    const key = `${name}@${version}`;
    const known = this.#charts.get(key);
    if (known) {
      // Moves it to the end: the map's order is the order of use.
      this.#charts.delete(key);
      this.#charts.set(key, known);
      return known;
    }
    const loading = this.#loading.get(key) ?? this.#load(key, name, version);
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(key: string, name: string, version: number): Promise<CompiledChart> {
    try {
      const stored = await this.#store.readChart(name, version);
      if (!stored) {
        const what = `Version ${version} of chart ${name} is not in the store; its runs go on when it is there again.`;
        throw new FlowbeatError('terminal', 'CHART_MISSING', what, { chart: name, version });
      }
      const chart = compileChart(JSON.parse(stored.source) as Chart, version);
      this.#charts.set(key, chart);
      this.#states += chart.states.size;
      this.#makeRoom();
      return chart;
    } finally {
      this.#loading.delete(key);
    }
  }

  #makeRoom(): void {
    for (const [key, chart] of this.#charts) {
      if (this.#states <= MOST_STATES || this.#charts.size === 1) return;
      this.#charts.delete(key);
      this.#states -= chart.states.size;
    }
  }
}

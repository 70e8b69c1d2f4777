import type { Chart } from '#engine/chart/chart';
import type { ChartStore, ChartVersion } from '#ports/store';

/** The queue of charts that name none. */
const DEFAULT_QUEUE = 'default';

/**
 * The queues that a worker pulls from: those it was told, or all that charts name. `names` is one array for ever, added to when a new chart names
 * a new queue, so that a worker that runs pulls from it with its next look. A queue that no chart names any more stays: its runs go on.
 */
export class QueueNames {
  readonly names: string[];
  readonly #all: boolean;
  readonly #seen = new Set<string>();

  constructor(told: readonly string[]) {
    this.#all = told.length === 0;
    this.names = this.#all ? [DEFAULT_QUEUE] : [...told];
  }

  /** Looks at the charts; returns whether there was a new queue. */
  async refresh(store: Pick<ChartStore, 'listCharts'>): Promise<boolean> {
    return this.#all && this.take(await store.listCharts());
  }

  /** Takes up the queues of charts that were read. */
  take(charts: readonly ChartVersion[]): boolean {
    if (!this.#all) return false;
    const before = this.names.length;
    for (const { name, version, source } of charts) {
      const key = `${name}@${version}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      const { queue, queues } = JSON.parse(source) as Chart;
      for (const one of [queue, ...Object.values(queues)]) if (!this.names.includes(one)) this.names.push(one);
    }
    return this.names.length > before;
  }
}

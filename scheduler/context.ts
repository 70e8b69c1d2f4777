import type { CompiledChart } from '#engine/chart/compiled';
import type { Surroundings } from '#ports/surroundings';

/** Compiled charts by name and version: compiled once, kept while used. */
export interface Charts {
  /** Throws where there is no such version: a stored flow's chart is never deleted. */
  get(name: string, version: number): Promise<CompiledChart>;
}

/** What every use case needs. */
export interface Scheduler extends Surroundings {
  readonly charts: Charts;
}

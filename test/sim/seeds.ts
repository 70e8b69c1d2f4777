import type { Count } from '#test/sim/sim-process';
import { type SimResult, simulate } from '#test/sim/simulate';
import type { SimOptions } from '#test/sim/stage';
import { FAULTS, TRANSITIONS } from '#test/sim/transitions';

/** What many seeds showed together. */
export interface SeedsResult {
  readonly from: number;
  readonly seeds: number;
  readonly failed: readonly SimResult[];
  readonly faults: Count;
  readonly transitions: Count;
  /** Faults and transitions that never occurred: the simulator proves less than it says. */
  readonly missing: readonly string[];
  readonly steps: number;
}

/** Simulates seeds one after the other; stops after `stopAfter` failures. */
export async function simulateSeeds(
  from: number,
  seeds: number,
  options: SimOptions = {},
  stopAfter = 3,
): Promise<SeedsResult> {
  const faults: Count = {};
  const transitions: Count = {};
  const failed: SimResult[] = [];
  let steps = 0;
  for (let seed = from; seed < from + seeds && failed.length < stopAfter; seed++) {
    const result = await simulate(seed, options);
    add(faults, result.faults);
    add(transitions, result.transitions);
    steps += result.steps;
    if (result.violation) failed.push(result);
  }
  const missing = [...FAULTS.filter((f) => !faults[f]), ...TRANSITIONS.filter((t) => !transitions[t])];
  return { from, seeds, failed, faults, transitions, missing, steps };
}

function add(sum: Count, part: Count): void {
  for (const [name, count] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + count;
}

/** What a failed seed says: seed, faults, the command that replays it, the violation. */
export const replay = ({ seed, features, faults, violation }: SimResult): string =>
  [
    `seed ${seed} FAILED: ${violation}`,
    `  faults: ${JSON.stringify(faults)}`,
    `  replay: npm run sim -- --from ${seed} --features ${features.join(',') || 'none'} --trace`,
  ].join('\n');

/** The last line and what stands above it. */
export function summary({ from, seeds, failed, faults, transitions, missing, steps }: SeedsResult): string {
  const table = (title: string, names: readonly string[], counts: Count) =>
    `${title}: ${names.map((name) => `${name} ${counts[name] ?? 0}`).join(', ')}`;
  return [
    table('faults', FAULTS, faults),
    table('transitions', TRANSITIONS, transitions),
    ...(missing.length > 0 ? [`never occurred: ${missing.join(', ')}`] : []),
    `${seeds} seeds from ${from}: ${failed.length} violations, ${steps} steps`,
  ].join('\n');
}

import { cancelCase, startCase } from '#test/sim/clients';
import { bearController, mistake } from '#test/sim/controllers';
import type { FeatureName } from '#test/sim/features/all';
import type { Acting } from '#test/sim/features/feature';
import { checkLiveness } from '#test/sim/liveness';
import type { Count } from '#test/sim/sim-process';
import { SimWorkers } from '#test/sim/sim-workers';
import { type SimOptions, Stage } from '#test/sim/stage';
import { cleared, ended, leftover, stuck, wrongResult } from '#test/sim/verdict';

/** What one seed showed. */
export interface SimResult {
  readonly seed: number;
  readonly features: readonly FeatureName[];
  /** What was violated first; undefined where everything held. */
  readonly violation: string | undefined;
  readonly faults: Count;
  readonly transitions: Count;
  readonly steps: number;
}

/** Once faults stop everything must end within so many windows: the longest waits of a chart, take-overs, queue delays, many times over. */
const CALM_WINDOWS = 2_000;
/** Nothing that is still to come takes so long: where no flow has moved since, none will. */
const QUIET_MS = 600_000;
const MAX_STEPS = 400_000;

/** Runs one seed: its charts on its cluster under its faults. The same seed is the same run, step by step. */
export async function simulate(seed: number, options: SimOptions = {}): Promise<SimResult> {
  const stage = new Stage(seed, options);
  const faultsUntil = populate(stage);
  const acting = stage.act(faultsUntil);
  const { violation, steps } = await play(stage, acting, faultsUntil);
  return {
    seed,
    features: stage.features,
    violation: violation ?? wrongResult(stage) ?? acting.flatMap((it) => it.wrong?.() ?? [])[0],
    faults: stage.faults,
    transitions: stage.transitions,
    steps,
  };
}

/** Workers, a controller, and what is done from outside. Returns when the faults stop. */
function populate(stage: Stage): number {
  const { world, random, cases } = stage;
  const workers = new SimWorkers(stage);
  const count = random.between(2, 4);
  for (let i = 0; i < count; i++) workers.bear(`w${i}`);
  bearController(stage);
  if (random.chance(0.4)) mistake(stage);
  for (const it of cases) if (it.startAt !== undefined) world.at(it.startAt, () => startCase(stage, it));
  for (const it of cases) if (it.cancelAt !== undefined) world.at(it.cancelAt, () => cancelCase(stage, it));
  const faultsUntil = Math.max(random.between(15_000, 60_000), stage.troubleUntil);
  world.at(faultsUntil, () => stage.calmDown());
  return faultsUntil;
}

/** Step by step, until everything has ended and nothing is left behind, or an invariant does not hold. */
async function play(
  stage: Stage,
  acting: readonly Acting[],
  faultsUntil: number,
): Promise<{ readonly violation: string | undefined; readonly steps: number }> {
  const { world, store } = stage;
  let doneAt: number | undefined;
  for (let steps = 1; await world.step(); steps++) {
    const violation = store.violations[0] ?? checkLiveness(stage);
    if (violation) return { violation, steps };
    if (steps % 16 === 0 && stage.calm && !acting.some((it) => it.busy()) && ended(stage)) {
      doneAt ??= world.now;
      if (cleared(stage)) return { violation, steps };
    }
    if (doneAt !== undefined && world.now > doneAt + QUIET_MS) return { violation: leftover(stage), steps };
    const quietAt = doneAt === undefined ? Math.max(faultsUntil, store.movedAt) + QUIET_MS : Number.POSITIVE_INFINITY;
    if (world.now > Math.min(faultsUntil + CALM_WINDOWS * stage.windowMs, quietAt) || steps > MAX_STEPS)
      return { violation: `L5: ${stuck(stage)}`, steps };
  }
  return { violation: 'L5: nothing is left to happen, and not everything has ended', steps: 0 };
}

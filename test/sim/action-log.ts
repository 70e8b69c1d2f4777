import type { ActionCall } from '#ports/action';
import { rootOf } from '#ports/ids';
import { POISON_CLAIMS } from '#scheduler/claim';
import { asked } from '#test/sim/clients';
import type { ActionLog } from '#test/sim/sim-actions';
import type { SimProcess } from '#test/sim/sim-process';
import type { Stage } from '#test/sim/stage';
import type { Life } from '#workers/life';

/** What the handlers of one process tell the stage. `life`: of the worker that runs them; a function has none. */
export function actionLog(stage: Stage, life: () => Life | undefined): ActionLog {
  const { running, faults, poisoned } = stage;
  return {
    running,
    started: (process, call) => checkStart(stage, process, call, life()),
    poisons: (key) => {
      const started = (poisoned.get(key) ?? 0) + 1;
      poisoned.set(key, started);
      if (started <= POISON_CLAIMS + 1) stage.count(faults, 'poison');
      return started <= POISON_CLAIMS + 1;
    },
    ended: (call, outcome) => stage.noteEnd(call, outcome),
    asked: (call, token) => asked(stage, call, token),
  };
}

function checkStart(
  { world, store, charts, faults, windowMs, timeUpAt, actionStartedAt }: Stage,
  process: SimProcess,
  { flow, chart, idempotencyKey, attempt }: ActionCall,
  life: Life | undefined,
): void {
  // L: what was cancelled before it was claimed starts no action.
  const cancelled = store.controlAt.get(rootOf(flow)) ?? Number.POSITIVE_INFINITY;
  if (cancelled < (store.claimedAt.get(flow) ?? 0)) store.violate(`L: ${flow} was cancelled, then claimed, and acts`);
  const beatAt = life ? store.beatAt.get(life.incarnation) : undefined;
  // L11: after a freeze nothing starts before the lease is proven again.
  if (beatAt !== undefined && world.now - beatAt > windowMs)
    store.violate(`L11: ${process.name} started an action ${world.now - beatAt} ms after its last beat`);
  const upAt = timeUpAt.get(process);
  if (upAt !== undefined && world.now > upAt)
    store.violate(`L11: ${process.name} started an action ${world.now - upAt} ms after its time was up`);
  // A chart that could not be read when the flow was taken over forbade nothing.
  if (charts.get(chart)?.failover !== 'off' || faults.breakdown !== undefined) return;
  const action = `${idempotencyKey}@${attempt}`;
  const before = actionStartedAt.get(action);
  if (before !== undefined && (store.unparkedAt.get(flow) ?? -1) < before)
    store.violate(`failover: off: ${action} was started once more, and nobody had said so`);
  actionStartedAt.set(action, world.now);
}

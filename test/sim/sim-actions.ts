import type { ActionCall, ActionOutcome, ActionRunner } from '#ports/action';
import { outcomeOf } from '#test/sim/outcomes';
import { redriveOf } from '#test/sim/redrive-ids';
import type { SimProcess } from '#test/sim/sim-process';
import type { World } from '#test/sim/world';

/** An action that runs at this moment. */
export interface Running {
  readonly process: SimProcess;
  readonly call: ActionCall;
  aborted: boolean;
}

/** What the handlers tell the simulation. */
export interface ActionLog {
  readonly running: Set<Running>;
  /** Called as an action starts. */
  started(process: SimProcess, call: ActionCall): void;
  /** What a handler came to, unless it was aborted. */
  ended(call: ActionCall, outcome: ActionOutcome): void;
  /** Whether the action kills its process this time. */
  poisons(key: string): boolean;
  /** The action has given its task token to the world. */
  asked(call: ActionCall, token: string): void;
}

/** Handlers whose outcome depends on input, attempt and redrive alone, and whose duration is the world's whim: one that takes too long times out. */
export function simActions(
  world: World,
  process: SimProcess,
  activities: readonly string[],
  log: ActionLog,
): ActionRunner {
  const { random } = world;
  return {
    activities: new Set<string>(activities),
    run(call: ActionCall): Promise<ActionOutcome> {
      const activity = call.resource.name;
      log.started(process, call);
      const running: Running = { process, call, aborted: false };
      log.running.add(running);
      if (call.token !== undefined) log.asked(call, call.token);
      const isFatal = activity === 'poison' && log.poisons(call.idempotencyKey);
      if (isFatal) world.at(world.now + random.between(1, 50), () => process.crash());
      const long = activity === 'slow' || random.chance(0.05);
      const duration = long ? random.between(1_000, 9_000) : random.between(1, 30);
      if (long) saveNowAndThen(process, call, running);
      const missed = missedOf(call, duration);
      return new Promise((resolve) => {
        const end = () => {
          log.running.delete(running);
          const outcome = missed ?? outcomeOf(activity, call.input, call.attempt, redriveOf(call.flow));
          log.ended(call, outcome);
          resolve(outcome);
        };
        const timer = isFatal ? undefined : process.clock.after(missed?.afterMs ?? duration, end);
        call.signal.addEventListener('abort', () => {
          running.aborted = true;
          log.running.delete(running);
          timer?.cancel();
          resolve({ ok: false, error: 'Aborted' });
        });
      });
    },
  };
}

/** What an action of a duration misses first, its handler giving no heartbeat. */
function missedOf(
  { timeoutMs = Number.POSITIVE_INFINITY, heartbeatMs = Number.POSITIVE_INFINITY }: ActionCall,
  duration: number,
) {
  const afterMs = Math.min(timeoutMs, heartbeatMs);
  if (duration < afterMs) return undefined;
  return { ok: false, error: heartbeatMs < timeoutMs ? 'States.HeartbeatTimeout' : 'States.Timeout', afterMs } as const;
}

/** A long action saves its progress; a handler that was fenced off tries it once more than it may. */
function saveNowAndThen(process: SimProcess, call: ActionCall, running: Running): void {
  process.clock.after(700, () => {
    call.checkpoint({ at: process.name }).catch(() => {});
    if (!running.aborted) saveNowAndThen(process, call, running);
  });
}

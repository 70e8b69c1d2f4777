import type { Json } from '#engine/json';
import type { ActionCall, ActionOutcome, ActionRunner } from '#ports/action';
import { ACTIVITIES } from '#test/sim/cases';
import { answerOf, type Outcome, outcomeOf } from '#test/sim/outcomes';
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
  /** Whether the action kills its process this time. */
  poisons(key: string): boolean;
  /** The world answers a task token. */
  answer(token: string, outcome: Outcome): void;
}

/** Handlers whose outcome depends on input and attempt alone, and whose duration is the world's whim. */
export function simActions(world: World, process: SimProcess, log: ActionLog): ActionRunner {
  const { random } = world;
  return {
    activities: new Set<string>(ACTIVITIES),
    run(call: ActionCall): Promise<ActionOutcome> {
      const activity = call.resource.name;
      log.started(process, call);
      const running: Running = { process, call, aborted: false };
      log.running.add(running);
      if (call.token !== undefined) log.answer(call.token, answerOf(activity, call.input as Json));
      if (activity === 'poison' && log.poisons(call.idempotencyKey)) {
        world.at(world.now + random.between(1, 50), () => process.crash());
      }
      const long = activity === 'slow' || random.chance(0.05);
      const duration = long ? random.between(1_000, 9_000) : random.between(1, 30);
      if (long) saveNowAndThen(process, call, running);
      return new Promise((resolve) => {
        const timer = process.clock.after(duration, () => {
          log.running.delete(running);
          resolve(outcomeOf(activity, call.input, call.attempt));
        });
        call.signal.addEventListener('abort', () => {
          running.aborted = true;
          log.running.delete(running);
          timer.cancel();
          resolve({ ok: false, error: 'Aborted' });
        });
      });
    },
  };
}

/** A long action saves its progress; a handler that was fenced off tries it once more than it may. */
function saveNowAndThen(process: SimProcess, call: ActionCall, running: Running): void {
  process.clock.after(700, () => {
    call.checkpoint({ at: process.name }).catch(() => {});
    if (!running.aborted) saveNowAndThen(process, call, running);
  });
}

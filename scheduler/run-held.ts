import type { ActionRequest, FlowEvent } from '#engine/flow';
import type { ActionOutcome } from '#ports/action';
import { advance, type Owner, release } from '#scheduler/advance';
import type { Scheduler } from '#scheduler/context';
import type { Held, Step } from '#scheduler/held';
import { reliably } from '#scheduler/reliably';
import { resume } from '#scheduler/resume';

/** The hands that a flow is in. */
export interface Hands extends Owner {
  /** Looks, before an action, whether something else comes first. Absent where the owner is told of a cancel by its lease. */
  look?(): Promise<FlowEvent | undefined>;
  /** Whether it may begin another action; where not, somebody else finishes. */
  mayAct(): boolean;
  /** Runs an action; undefined where its outcome counts no more and somebody else finishes. */
  act(action: ActionRequest): Promise<ActionOutcome | undefined>;
}

/** Runs a held flow from its claim to where it is let go. Undefined where its owner's time, or its hold of the flow, ended in between. */
export async function runHeld(s: Scheduler, held: Held, hands: Hands): Promise<Step | undefined> {
  const event = await reliably(s.clock, held.signal, () => resume(s, held));
  if (!event || held.signal.aborted) return undefined;
  let step = await advance(s, held, hands, event);
  while (step.do === 'act') {
    let next = hands.look && (await hands.look());
    if (!next) {
      // The look took its time: from here to the action nothing is waited for (L11).
      if (!hands.mayAct()) return undefined;
      // Told while the last action was committed: it begins no other.
      if (hands.draining) return release(s, held, 'Queued');
      const outcome = await hands.act(step.action);
      if (!outcome) return undefined;
      next = take(s, held, outcome);
    }
    step = await advance(s, held, hands, next);
  }
  return step;
}

function take(s: Scheduler, held: Held, outcome: ActionOutcome): FlowEvent {
  if (outcome.lines && outcome.lines.length > 0) {
    held.facts.push(['log', s.clock.now(), outcome.lines.map(({ at, level, text }) => [at, level, text])]);
  }
  if (outcome.ok) return { type: 'completed', output: outcome.output };
  return { type: 'failed', error: outcome.error, ...(outcome.cause !== undefined && { cause: outcome.cause }) };
}

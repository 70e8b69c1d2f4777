import type { ActionRequest, FlowEvent } from '#engine/flow';
import type { ActionOutcome } from '#ports/action';
import { advance, type Owner, release } from '#scheduler/advance';
import type { Scheduler } from '#scheduler/context';
import type { Held, Step } from '#scheduler/held';
import { reliably } from '#scheduler/reliably';
import { resume } from '#scheduler/resume';

/** The hands that a flow is in. */
export interface Hands extends Owner {
  /** Whether it may begin another action; where not, somebody else finishes. */
  mayAct(): boolean;
  /** Runs an action; undefined where its outcome counts no more and somebody else finishes. May answer with another event that comes before the action. */
  act(action: ActionRequest): Promise<ActionOutcome | FlowEvent | undefined>;
}

/** Runs a held flow from its claim to where it is let go. Undefined where its owner's time, or its hold of the flow, ended in between. */
export async function runHeld(s: Scheduler, held: Held, hands: Hands): Promise<Step | undefined> {
  const event = await reliably(s.clock, held.signal, () => resume(s, held));
  if (!event || held.signal.aborted) return undefined;
  let step = await advance(s, held, hands, event);
  while (step.do === 'act') {
    if (!hands.mayAct()) return undefined;
    // Told while the last action was committed: it begins no other.
    if (hands.draining) return release(s, held, 'Queued');
    const came = await hands.act(step.action);
    if (!came) return undefined;
    step = await advance(s, held, hands, 'type' in came ? came : take(s, held, came));
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

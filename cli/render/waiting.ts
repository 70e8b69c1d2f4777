import { clock } from '#cli/render/time';
import type { FlowView } from '#http/contract/flow';
import type { RunDetail } from '#http/contract/run';

/** A flow is queued for a moment between any two of its workers; only one that stays so is worth a word. */
const QUEUED_MS = 3_000;

/** What a run that goes on waits for, where its flows wait for something outside it: a worker, an answer, a time. */
export function whyWaiting({ flows, endedAt }: RunDetail, now: number): string | undefined {
  if (endedAt !== undefined) return undefined;
  const reasons = flows.flatMap((flow) => {
    const why = reasonOf(flow, now);
    return why === undefined ? [] : [`at "${flow.at}": ${why}`];
  });
  const [first] = reasons;
  return reasons.length > 1 ? `${first} (and ${reasons.length - 1} more that wait)` : first;
}

function reasonOf({ status, needs, waits, updatedAt }: FlowView, now: number): string | undefined {
  if (status === 'Queued' && now - Date.parse(updatedAt) > QUEUED_MS) {
    return needs === ''
      ? 'waits for a worker with a free place'
      : `needs a worker for ${needs} with a free place ("flowbeat workers list" shows them)`;
  }
  if (status !== 'Waiting' || waits === undefined || waits.for === 'children') return undefined;
  const due = waits.due === undefined ? '' : ` until ${clock(waits.due)}`;
  return waits.for === 'callback' ? `waits for the answer to its token${due}` : `waits${due}`;
}

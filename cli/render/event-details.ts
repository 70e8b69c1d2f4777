import type { Json } from '#engine/json';
import type { HistoryEvent } from '#http/contract/history';

/** The details of an event: what stands in its `…EventDetails`. */
export function detailsOf(event: HistoryEvent): { readonly [name: string]: Json } {
  for (const [key, value] of Object.entries(event)) {
    if (key.endsWith('EventDetails') && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as { readonly [name: string]: Json };
    }
  }
  return {};
}

/** A detail that is text. */
export const textOf = (details: { readonly [name: string]: Json | undefined }, name: string): string | undefined => {
  const value = details[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
};

/** The state that an event enters or leaves, with its type: `TaskStateEntered` -> Task. */
export function stateStep(event: HistoryEvent): { step: 'entered' | 'exited'; type: string; name: string } | undefined {
  const match = /^(\w+)State(Entered|Exited)$/.exec(event.type);
  const name = match && textOf(detailsOf(event), 'name');
  if (!match?.[1] || !name) return undefined;
  return { step: match[2] === 'Entered' ? 'entered' : 'exited', type: match[1], name };
}

/** Whether an event says that an attempt of an action failed (and may be tried again). */
export const isFailedAttempt = (type: string): boolean =>
  /^(Activity|Task|LambdaFunction|Exec)(Failed|TimedOut|StartFailed|ScheduleFailed)$/.test(type);

import type { Telemetry } from '#ports/telemetry';
import { type Announce, announcingTelemetry } from '#workers/announce';

/**
 * What a server tells an operator. Of each line `at` is the time; the state that a flow was taken over at, which the record of a take-over calls
 * so, is told as `state`, and its moment as every moment is.
 */
export function serverTelemetry(announce: Announce): Telemetry {
  return announcingTelemetry((event, text, { at, when, ...fields } = {}) =>
    announce(event, text, {
      ...fields,
      ...(at !== undefined && { state: at }),
      ...(typeof when === 'number' && { when: new Date(when).toISOString() }),
    }),
  );
}

import { rejected } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';

/** What a task token names. */
export interface TaskToken {
  readonly flow: FlowId;
  readonly step: number;
  readonly attempt: number;
  /** The secret that the flow keeps: a token that was not given out cannot be made up. */
  readonly nonce: string;
}

/** The task token of an action: the same for every time the same attempt is run, so that a take-over leaves given tokens valid. */
export function makeToken(flow: Pick<FlowRecord, 'id' | 'nonce'>, step: number, attempt: number): string {
  return btoa(encodeURIComponent(JSON.stringify([flow.id, step, attempt, flow.nonce])))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Reads a task token; throws TOKEN_INVALID where it is none. */
export function readToken(token: string): TaskToken {
  try {
    const parts: unknown = JSON.parse(decodeURIComponent(atob(token.replaceAll('-', '+').replaceAll('_', '/'))));
    if (Array.isArray(parts)) {
      const [flow, step, attempt, nonce] = parts;
      if (
        typeof flow === 'string' &&
        typeof step === 'number' &&
        typeof attempt === 'number' &&
        typeof nonce === 'string'
      ) {
        return { flow: flow as FlowId, step, attempt, nonce };
      }
    }
  } catch {
    // What can't be decoded is said below in the same words as what decodes to something else.
  }
  throw rejected(
    'TOKEN_INVALID',
    'This is not a task token of this installation. Send back the token exactly as the task was given it.',
  );
}

/** The key of a callback: which attempt of which action. */
export const callbackKey = (step: number, attempt: number): string => `${step}.${attempt}`;

import { setTimeout as pause } from 'node:timers/promises';
import { FlowbeatError } from '#ports/errors';

/** What CloudFormation sends with every request: where it wants the answer, and by what it knows it. */
export interface Asked {
  readonly ResponseURL: string;
  readonly RequestId: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  /** What it knows the resource by, once it was made. */
  readonly PhysicalResourceId?: string;
}

/** The answer to a request of CloudFormation. */
export type Answer =
  | { readonly Status: 'SUCCESS'; readonly PhysicalResourceId: string; readonly Data: Readonly<Record<string, string>> }
  | { readonly Status: 'FAILED'; readonly PhysicalResourceId: string; readonly Reason: string };

/** CloudFormation waits an hour for an answer that got lost. */
const TRIES = 5;
const FIRST_PAUSE_MS = 200;
/** It refuses answers of more than 4 KB, counted as JSON in UTF-8; ids and names take up to 1.5 of them. */
const REASON_BYTES = 2_000;

/** Puts the answer where CloudFormation waits for it. */
export async function answer(asked: Asked, what: Answer): Promise<void> {
  const { RequestId, StackId, LogicalResourceId } = asked;
  const body = JSON.stringify({ ...what, RequestId, StackId, LogicalResourceId });
  for (let tries = 1; ; tries++) {
    try {
      const { ok, status } = await fetch(asked.ResponseURL, {
        method: 'PUT',
        body,
        headers: { 'content-type': '' },
        signal: AbortSignal.timeout(10_000),
      });
      if (ok) return;
      throw new Error(`HTTP ${status}`);
    } catch (error) {
      if (tries === TRIES) {
        const text =
          'CloudFormation did not take the answer to its request; the deployment will wait until it gives up.';
        throw new FlowbeatError('retryable', 'ANSWER_REFUSED', text, { LogicalResourceId }, error);
      }
      await pause(FIRST_PAUSE_MS * 2 ** tries);
    }
  }
}

/** What went wrong, for whoever reads the events of the stack: with every error of a chart that is not valid. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  const { errors } = error instanceof FlowbeatError ? (error.fields as { errors?: readonly Problem[] }) : {};
  const lines = (errors ?? []).map(({ pointer, message: text }) => `${pointer || '/'}: ${text}`);
  return cutTo(REASON_BYTES, [message, ...lines].join('\n'));
}

/** The beginning of a text that takes so many bytes in JSON. */
function cutTo(most: number, text: string): string {
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > most) break;
    cut += character;
  }
  return cut;
}

interface Problem {
  readonly pointer: string;
  readonly message: string;
}

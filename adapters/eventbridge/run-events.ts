import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { FlowOutcome } from '#engine/flow';
import { FlowbeatError } from '#ports/errors';
import type { RunEnd, RunEvents } from '#ports/run-events';

/** The `source` of every event of ours. */
export const SOURCE = 'flowbeat';

const TYPES = {
  Succeeded: 'flowbeat.run.succeeded',
  Failed: 'flowbeat.run.failed',
  TimedOut: 'flowbeat.run.timedOut',
  Cancelled: 'flowbeat.run.cancelled',
} as const satisfies Record<FlowOutcome['status'], string>;

/** EventBridge takes 256 KB with everything in it; a larger output is read by the API. */
const OUTPUT_BYTES = 200_000;

/** Answers that a later try may change: refused entries by code, failed requests by name. */
const PASSING = new Set([
  'ThrottlingException',
  'InternalFailure',
  'InternalException',
  'ExpiredTokenException',
  'CredentialsProviderError',
]);

/** Ends of runs as events on an EventBridge bus. Repeats have the same `id` in their detail. */
export class EventBridgeRunEvents implements RunEvents {
  readonly #client: EventBridgeClient;
  readonly #bus: string;

  constructor(client: EventBridgeClient, bus: string) {
    this.#client = client;
    this.#bus = bus;
  }

  async ended(end: RunEnd): Promise<void> {
    const entry = {
      EventBusName: this.#bus,
      Source: SOURCE,
      DetailType: TYPES[end.outcome.status],
      Time: new Date(end.endedAt),
      Detail: JSON.stringify(detailOf(end)),
    };
    let refused: { readonly ErrorCode?: string | undefined; readonly ErrorMessage?: string | undefined } | undefined;
    try {
      const { FailedEntryCount = 0, Entries } = await this.#client.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount > 0) refused = Entries?.[0] ?? {};
    } catch (error) {
      const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
      const status = $metadata?.httpStatusCode ?? 0;
      const lasting = status >= 400 && status < 500 && status !== 429 && !PASSING.has(name ?? '');
      throw this.#failure(lasting, `${name}: ${(error as Error).message}`, error);
    }
    if (refused)
      throw this.#failure(!PASSING.has(refused.ErrorCode ?? ''), `${refused.ErrorCode}: ${refused.ErrorMessage}`);
  }

  #failure(lasting: boolean, said: string, cause?: unknown): FlowbeatError {
    const fields = { bus: this.#bus };
    return lasting
      ? new FlowbeatError(
          'terminal',
          'BUS_REFUSED',
          `The bus ${this.#bus} refused an event, which is dropped (${said}).`,
          fields,
          cause,
        )
      : new FlowbeatError(
          'retryable',
          'BUS_UNREACHABLE',
          `The bus ${this.#bus} took no event; it is sent again.`,
          fields,
          cause,
        );
  }
}

function detailOf({ startedAt, endedAt, outcome, ...end }: RunEnd): object {
  const { status } = outcome;
  return {
    ...end,
    status,
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    ...(outcome.status === 'Succeeded' ? outputOf(outcome.output) : { error: outcome.error, cause: outcome.cause }),
  };
}

const outputOf = (output: unknown) =>
  Buffer.byteLength(JSON.stringify(output)) > OUTPUT_BYTES ? { outputOmitted: true } : { output };

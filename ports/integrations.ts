import type { Json } from '#engine/json';

/** A call of a service, as a Task's `Resource` asks for it. */
export interface IntegrationCall {
  /** `<service>:<action>` (`sqs:sendMessage`, `aws-sdk:s3:getObject`), or a Lambda function's ARN. */
  readonly resource: string;
  /** The flow waits for what the call starts, and gets its result in this form. */
  readonly sync?: 'sync' | 'sync:2' | undefined;
  readonly input: Json;
  /** The ARN of the role that it is made in; absent: that of the process. */
  readonly role?: string | undefined;
  /** The token that answers the Task, where it waits for one. */
  readonly token?: string | undefined;
  /**
   * The same for every repetition of this call, so also after a take-over. The attempts of a Task that waits for an answer differ in it: each of them
   * has to start something of its own.
   */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** How a call ended. Errors have the names that Step Functions gives them. */
export type IntegrationOutcome =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error: string; readonly cause: string };

/**
 * The services that Tasks call. A call may be repeated: its effect happens once only where the target honours the idempotency key. Never rejects for what
 * the service says; what it rejects with is a fault of ours.
 */
export interface Integrations {
  call(call: IntegrationCall): Promise<IntegrationOutcome>;
}

/** Will it be tried again, and by whom? `retryable`: we do. `terminal`: the run fails or its Catch takes it. `rejected`: the caller must change something. */
export type ErrorKind = 'retryable' | 'terminal' | 'rejected';

/** An error of ours: a stable code, ids as fields, one sentence that says what happens next. */
export class FlowbeatError extends Error {
  readonly kind: ErrorKind;
  /** Stable, in capitals: `RUN_NOT_FOUND`. */
  readonly code: string;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    kind: ErrorKind,
    code: string,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FlowbeatError';
    this.kind = kind;
    this.code = code;
    this.fields = fields;
  }
}

/** A request that its caller must change. */
export const rejected = (code: string, message: string, fields?: Readonly<Record<string, unknown>>) =>
  new FlowbeatError('rejected', code, message, fields);

/** A cursor that no page of this list gave: what is told of one that was cut, made up or taken from another list. */
export const cursorInvalid = (list: string, cursor: string): FlowbeatError =>
  rejected('CURSOR_INVALID', `"${cursor}" is no cursor of ${list}. Send back the one of the page before.`, { cursor });

/** A write whose answer was lost: it may or may not have been applied. Read again (rule N). */
export class UnknownOutcome extends FlowbeatError {
  constructor(cause?: unknown) {
    super(
      'retryable',
      'UNKNOWN_OUTCOME',
      'The answer to a write was lost; the store is read again before anything else is done.',
      {},
      cause,
    );
    this.name = 'UnknownOutcome';
  }
}

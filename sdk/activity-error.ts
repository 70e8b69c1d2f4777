import type { Json } from '#engine/json';

/**
 * An error with a name that a chart's `Retry` and `Catch` match in `ErrorEquals`: `throw new ActivityError('Card.Declined', 'no funds')`.
 * Its cause reaches the chart as it is: text as text, any other JSON value as JSON text. Names that begin with `States.` mean
 * what the Amazon States Language says they mean.
 *
 * Any other thrown `Error` goes by its own `name`, and its cause is the JSON text that Lambda makes in Step Functions:
 * `{"errorType", "errorMessage", "trace"}`.
 */
export class ActivityError extends Error {
  /** What `ErrorEquals` matches; the same text is `name`. */
  readonly error: string;
  /** What the chart gets as `Cause`. `Error.cause`, an error this one was made from, is another thing. */
  readonly details: string | undefined;

  constructor(error: string, cause?: Json, options?: ErrorOptions) {
    const details = cause === undefined || typeof cause === 'string' ? cause : JSON.stringify(cause);
    super(details ?? error, options);
    this.error = error;
    this.details = details;
    this.name = error;
  }

  /**
   * Knows one by its shape, not by its class: handlers may have loaded another copy of this package than the worker that runs them.
   */
  static is(thrown: unknown): thrown is ActivityError {
    return (
      thrown instanceof Error && typeof (thrown as Partial<ActivityError>).error === 'string' && 'details' in thrown
    );
  }
}

/**
 * An error of the chart's own world: it has an error name that `Retry` and `Catch` can match, and fails the state, never the engine.
 * Names are those of the Amazon States Language, "Errors" (states-language.net/spec.html#error-names), as AWS reports them.
 */
export class StatesError extends Error {
  /** The error name, such as `States.Runtime`. */
  readonly error: string;
  /**
   * A second name that `ErrorEquals` may use for it. AWS reports a path without a match as `States.Runtime`, the specification calls
   * it `States.ParameterPathFailure`; a chart may catch it by the specification's name.
   */
  readonly alias: string | undefined;
  /** The field whose expression failed, such as `Output/total`. */
  readonly location: string | undefined;

  constructor(error: string, cause: string, alias?: string, location?: string) {
    super(cause);
    this.name = 'StatesError';
    this.error = error;
    this.alias = alias;
    this.location = location;
  }
}

/** Error names of the specification that the engine itself raises or treats apart. */
export const errorNames = {
  all: 'States.ALL',
  runtime: 'States.Runtime',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  branchFailed: 'States.BranchFailed',
  noChoiceMatched: 'States.NoChoiceMatched',
  parameterPathFailure: 'States.ParameterPathFailure',
  resultPathMatchFailure: 'States.ResultPathMatchFailure',
  intrinsicFailure: 'States.IntrinsicFailure',
  queryEvaluationError: 'States.QueryEvaluationError',
  dataLimitExceeded: 'States.DataLimitExceeded',
  itemReaderFailed: 'States.ItemReaderFailed',
  resultWriterFailed: 'States.ResultWriterFailed',
  exceedToleratedFailureThreshold: 'States.ExceedToleratedFailureThreshold',
} as const;

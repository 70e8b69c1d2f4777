import type { CompiledState } from '#engine/chart/compiled';
import type { ActionRequest } from '#engine/flow';
import type { Json } from '#engine/json';

/** An error on its way to a state's Retry and Catch. `error` is absent where a Fail state gave none. */
export interface Failure {
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** Another name that `ErrorEquals` may use for it. */
  readonly alias: string | undefined;
  /** The field whose expression failed. */
  readonly location?: string | undefined;
}

/** Where a failure came from: the action or callback of a Task, a child, or an expression of the state. */
export type FailureSource = 'action' | 'branch' | 'evaluation';

/**
 * Listens to a decision. History is made by deciding again with a listener; a decision that is to be committed has none, and pays one
 * comparison a transition for it.
 */
export interface Trace {
  entered(state: CompiledState, input: Json): void;
  /** `assigned`: what `Assign` gave, unset variables aside. */
  exited(state: CompiledState, output: Json, assigned: { readonly [name: string]: Json } | null): void;
  /** The action of a Task was asked for. */
  scheduled(action: ActionRequest): void;
  /** The action of a callback Task was done; the token has not come back. */
  submitted(output: Json): void;
  /** The action or callback ended well. */
  succeeded(output: Json): void;
  /** The state failed. `retried`: a rule of its Retry takes the error. */
  failed(state: CompiledState, failure: Failure, source: FailureSource, retried: boolean): void;
  /** The state is tried again later. */
  retried(state: CompiledState, due: number): void;
  /** The flow splits into children; `mapRun`: the name of a distributed Map's run. */
  split(state: CompiledState, branches: number, mapRun?: string): void;
  /** Every child succeeded. */
  joined(state: CompiledState): void;
}

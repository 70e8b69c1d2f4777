/**
 * Expressions: compiled once a chart version, evaluated without parsing. A query language is a set of functions that make
 * `CompiledExpression`s: JSONPath's are in `path.ts`, `intrinsic.ts` and `template.ts`, JSONata's in `jsonata-template.ts`.
 */
import type { Json } from '#engine/json';
import type { Bounds, Pool } from '#engine/jsonata/meter';
import type { EpochMs } from '#engine/time';

/** What an expression sees beside the value it is applied to. Everything is made when asked for. */
export interface Scope {
  /** The state's raw input (`$states.input`). */
  readonly input: Json;
  /** The time of the decision (`$now()`, `$millis()`). */
  readonly now: EpochMs;
  /** Variables (`$name`). */
  readonly vars: { readonly [name: string]: Json };
  /** How far each expression may go; the default bounds where absent. */
  readonly bounds?: Bounds | undefined;
  /** What all expressions of a decision may burn together; absent where each has its own bounds alone. */
  readonly fuel?: Pool | undefined;
  /** A part of the context object: `$$.<name>`. `undefined` where there is none. */
  contextPart(name: string): Json | undefined;
  /** The whole context object (`$$`). */
  context(): Json;
  /** The next 16 bytes of the action's own random source: the same for a repeated decision. */
  random(): Uint8Array;
}

/** What an expression needs that is kept only where some expression of the chart asks for it. */
export interface Needs {
  /** The run's input (`$$.Execution.Input`). */
  readonly runInput: boolean;
  /** The token that comes back (`$$.Task.Token`). */
  readonly token: boolean;
  /** The item of the enclosing Map (`$$.Map`). */
  readonly mapItem: boolean;
}

/** An expression ready to run, whatever its language. */
export interface CompiledExpression {
  readonly kind: 'constant' | 'jsonpath' | 'intrinsic' | 'template' | 'jsonata';
  /** As written in the chart. */
  readonly text: string;
  readonly needs: Needs;
  /** Throws `StatesError` where it cannot be evaluated. Never changes `root`; may share parts of it. */
  evaluate(root: Json, scope: Scope): Json;
}

/** The needs of an expression that needs nothing. */
export const noNeeds: Needs = { runInput: false, token: false, mapItem: false };

/** What several expressions need together. */
export const mergeNeeds = (all: readonly Needs[]): Needs =>
  all.every((needs) => needs === noNeeds)
    ? noNeeds
    : {
        runInput: all.some((needs) => needs.runInput),
        token: all.some((needs) => needs.token),
        mapItem: all.some((needs) => needs.mapItem),
      };

/** An expression that is the same value every time; the value is shared, never copied. */
export const constantExpression = (value: Json, text = JSON.stringify(value)): CompiledExpression => ({
  kind: 'constant',
  text,
  needs: noNeeds,
  evaluate: () => value,
});

/** Text that does not parse: where it goes wrong, and what was expected. Caught by the validator. */
export class ExpressionSyntaxError extends Error {
  /** Offset in the text, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'ExpressionSyntaxError';
    this.offset = offset;
  }
}

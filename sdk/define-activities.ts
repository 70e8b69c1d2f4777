import type { Handler, IsolatedHandler } from '#sdk/activity';

/**
 * A handler of any input and output. `any`, because parameters are compared contravariantly and an `interface` is not assignable to
 * `Json`: nothing narrower accepts `(input: Order) => …`. An input without a type is `any`, as in a Lambda handler.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyHandler = Handler<any, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyIsolatedHandler = IsolatedHandler<any, unknown>;

/** One entry of `defineActivities`. */
export type Activity = AnyHandler | AnyIsolatedHandler;

/** Handlers by the name of their activity (`Resource: "activity:<name>"`). */
export type Activities = Readonly<Record<string, Activity>>;

/** The handler of an entry. */
type HandlerOf<A> = A extends { readonly handler: infer H } ? H : A;

/** What the activity `Name` takes, for tests and for who starts runs. */
export type InputOf<A extends Activities, Name extends keyof A> =
  HandlerOf<A[Name]> extends (input: infer Input, ...rest: never[]) => unknown ? Input : never;

/** What the activity `Name` gives back. */
export type OutputOf<A extends Activities, Name extends keyof A> =
  HandlerOf<A[Name]> extends (...args: never[]) => infer Output ? Awaited<Output> : never;

/** In the global registry of symbols, so that it is the same in every copy of this package. */
const MARK: unique symbol = Symbol.for('flowbeat.activities');

/** Names that an activity of Step Functions may have. */
const NAME = /^[\w.+=@-]{1,80}$/;

/**
 * Names the handlers of a module. Use it as its default export:
 *
 * ```ts
 * export default defineActivities({
 *   extract: async (input: { url: string }, { signal }) => (await fetch(input.url, { signal })).json(),
 *   render: { handler: renderPage, isolate: 'thread' },
 * });
 * ```
 *
 * Throws a `TypeError` that names the entry which is no handler.
 */
export function defineActivities<const A extends Activities>(activities: A): A {
  for (const [name, activity] of Object.entries<unknown>(activities)) checkActivity(name, activity);
  return Object.freeze(Object.defineProperty({ ...activities }, MARK, { value: true }));
}

/** Whether `value` came from `defineActivities`. */
export function isDefined(value: unknown): value is Activities {
  return typeof value === 'object' && value !== null && MARK in value;
}

/** Throws a `TypeError` where `activity` is not what `defineActivities` takes as `name`. */
export function checkActivity(name: string, activity: unknown): asserts activity is Activity {
  if (!NAME.test(name)) {
    throw new TypeError(`"${name}" cannot name an activity: 1 to 80 letters, digits and . _ + = @ - are allowed.`);
  }
  if (name === 'exec')
    throw new TypeError('"exec" is the resource that runs commands; an activity needs another name.');
  if (typeof activity === 'function') return;
  const entry = typeof activity === 'object' && activity !== null ? (activity as Partial<IsolatedHandler>) : undefined;
  if (typeof entry?.handler !== 'function') {
    throw new TypeError(`The activity "${name}" is neither a function nor { handler, isolate }.`);
  }
  const unknown = Object.keys(entry).find((key) => key !== 'handler' && key !== 'isolate');
  if (unknown !== undefined) throw new TypeError(`The activity "${name}" has an unknown setting "${unknown}".`);
  if (entry.isolate !== undefined && !['none', 'thread', 'process'].includes(entry.isolate)) {
    throw new TypeError(
      `The activity "${name}" has isolate: "${String(entry.isolate)}"; "thread", "process" or "none" is possible.`,
    );
  }
}

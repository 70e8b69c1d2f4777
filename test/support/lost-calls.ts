import type { Surroundings } from '#ports/surroundings';
import type { Scheduler } from '#scheduler/context';
import { orderedCommit } from '#scheduler/ordered-commit';

/** Counts the calls to store and queue of all processes of a run, and says which of them its process does not survive. */
export class CallCount {
  calls = 0;
  readonly fatal: number;

  constructor(fatal = Number.POSITIVE_INFINITY) {
    this.fatal = fatal;
  }
}

/**
 * The scheduler of a process that dies where the count says so: the fatal call and all later ones are never carried out, nor answered those that are
 * under way. `died` resolves then. Commits are composed, so they are cut after any prefix.
 */
export function mortal(s: Scheduler, count: CallCount): { readonly s: Scheduler; readonly died: Promise<void> } {
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  let isDead = false;
  const never = new Promise<never>(() => {});
  const wrap = <T extends object>(port: T): T => {
    const wrapped: Record<string, unknown> = {};
    for (const [name, method] of Object.entries(port)) {
      wrapped[name] =
        typeof method !== 'function'
          ? method
          : async (...args: unknown[]) => {
              if (isDead) return never;
              if (++count.calls !== count.fatal) return answeredUnlessDead(method.apply(port, args));
              isDead = true;
              die();
              return never;
            };
    }
    return wrapped as T;
  };
  const answeredUnlessDead = async (answer: Promise<unknown>) => {
    const came = await answer;
    return isDead ? never : came;
  };
  const store: Surroundings['store'] = wrap(s.store);
  const queue: Surroundings['queue'] = wrap(s.queue);
  return { s: { ...s, store, queue, commit: orderedCommit(store, queue) }, died };
}

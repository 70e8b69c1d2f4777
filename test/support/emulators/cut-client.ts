/** What a client throws once its process is gone: no retry follows. */
export class ClientCut extends Error {}

type Handler = (args: object) => Promise<{ output: unknown }>;
type Stack = { add(middleware: unknown, options: object): void };

/** Counts the requests of clients together, and ends them at the n-th: it is never sent, or done and not heard of; every later one fails. */
export class ClientCuts {
  requests = 0;
  #at = Number.POSITIVE_INFINITY;
  #cut: 'before' | 'after' = 'before';

  constructor(...clients: readonly { readonly middlewareStack: unknown }[]) {
    const middleware = (next: Handler) => async (args: object) => {
      const n = ++this.requests;
      const over = new ClientCut(`request ${n}`);
      if (n > this.#at || (n === this.#at && this.#cut === 'before')) throw over;
      const answer = await next(args);
      if (n >= this.#at) throw over;
      return answer;
    };
    for (const { middlewareStack } of clients)
      (middlewareStack as Stack).add(middleware, { step: 'initialize', name: 'cuts', priority: 'high' });
  }

  /** From here on the n-th request is the last. */
  cutAt(n: number, cut: 'before' | 'after'): void {
    this.requests = 0;
    this.#at = n;
    this.#cut = cut;
  }

  /** A new process: nothing is cut. */
  mend(): void {
    this.cutAt(Number.POSITIVE_INFINITY, 'before');
  }
}

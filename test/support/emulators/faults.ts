/** What befalls one try of a request: `lost`: applied, its answer lost; `throttled`: refused for now. */
export type Fault = 'lost' | 'throttled';

/** The client's name for a command, and which try of it. */
export type FaultOf = (command: string, attempt: number) => Fault | undefined;

type Next = (args: object) => Promise<{ output: unknown }>;
type Stack = { addRelativeTo(middleware: unknown, options: object): void };

const errorOf = (name: string, more: object) => Object.assign(new Error(name), { name, ...more });

/** Lets tries of a client's requests fail as a network and a busy service let them: below the client's own retries, which then do what they do. */
export function injectFaults(client: { middlewareStack: unknown }, faultOf: FaultOf): void {
  const attempts = new WeakMap<object, number>();
  const middleware = (next: Next, context: { commandName?: string }) => async (args: object) => {
    const attempt = (attempts.get(context) ?? 0) + 1;
    attempts.set(context, attempt);
    const fault = faultOf((context.commandName ?? '').replace(/Command$/, ''), attempt);
    if (fault === 'throttled') {
      throw errorOf('ProvisionedThroughputExceededException', { $fault: 'client', $metadata: { httpStatusCode: 400 } });
    }
    if (fault === undefined) return next(args);
    // Whatever the service said: nobody hears it.
    await next(args).catch(() => {});
    throw errorOf('TimeoutError', { code: 'ECONNRESET' });
  };
  (client.middlewareStack as Stack).addRelativeTo(middleware, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
    name: 'faults',
  });
}

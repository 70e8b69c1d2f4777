// Loads handlers as Node does: the test runner would put its own module loader under the `import()` of loadHandlers.
import { createActionRunner } from '#actions/action-runner';
import { loadHandlers } from '#actions/handlers/load-handlers';
import { FlowbeatError } from '#ports/errors';
import { realClock, TestCall } from '#test/actions/support/calls';

/** Load `path`; then run `name` on `input`, if it is given. */
export interface LoadRequest {
  readonly path: string;
  readonly fresh?: boolean;
  readonly name?: string;
  readonly input?: number;
}

/** What came of it. */
export interface LoadReply {
  readonly names?: readonly string[];
  readonly outcome?: unknown;
  readonly error?: { readonly kind: string; readonly code: string; readonly message: string };
}

async function answer({ path, fresh = false, name, input = 0 }: LoadRequest): Promise<LoadReply> {
  try {
    const loaded = await loadHandlers(path, { fresh });
    const runner = createActionRunner({ activities: loaded, clock: realClock });
    const outcome = name === undefined ? undefined : await runner.run(new TestCall(name, input));
    await runner.close();
    return { names: [...runner.activities], outcome };
  } catch (error) {
    if (!(error instanceof FlowbeatError)) throw error;
    return { error: { kind: error.kind, code: error.code, message: error.message } };
  }
}

process.on('message', async (request: LoadRequest) => process.send?.(await answer(request)));

/** What a thread or process for isolated handlers runs: it imports the handlers' module itself and answers by messages. */
import { fileURLToPath } from 'node:url';
import { type ActionLink, type ActionNames, HandlerContext } from '#actions/handler-context';
import { activitiesOf } from '#actions/handlers/exports';
import { importModule } from '#actions/handlers/module-graph';
import { jsonCopy } from '#actions/json-copy';
import { ActionOver, ERRORS, failure, failureOf, success } from '#actions/outcome';
import type { FromThread, ToThread } from '#actions/thread/messages';
import type { Json } from '#engine/json';
import type { ActionOutcome, LogLine } from '#ports/action';
import type { Handler } from '#sdk/activity';

/** How the worker is told. */
type Tell = (message: FromThread) => void;

/** The action that runs, as its context sees it from here. */
class ThreadAction implements ActionLink {
  readonly names: ActionNames;
  readonly #tell: Tell;
  #controller: AbortController | undefined;
  #over = false;
  #asked = 0;
  readonly #asks = new Map<number, PromiseWithResolvers<Json | undefined>>();

  constructor(names: ActionNames, tell: Tell) {
    this.names = names;
    this.#tell = tell;
  }

  signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#over) this.#controller.abort(new ActionOver());
    return this.#controller.signal;
  }

  beat(details: Json | undefined): void {
    if (!this.#over) this.#tell({ type: 'beat', details: details === undefined ? undefined : jsonCopy(details) });
  }

  async checkpoint(data: Json): Promise<void> {
    await this.#ask((id) => ({ type: 'ask', id, what: 'checkpoint', data: jsonCopy(data) }));
  }

  checkpointed(): Promise<Json | undefined> {
    return this.#ask((id) => ({ type: 'ask', id, what: 'checkpointed' }));
  }

  write(level: LogLine['level'], text: string): void {
    if (!this.#over) this.#tell({ type: 'log', level, text });
  }

  async #ask(message: (id: number) => FromThread): Promise<Json | undefined> {
    if (this.#over) throw new ActionOver();
    const id = ++this.#asked;
    const asked = Promise.withResolvers<Json | undefined>();
    this.#asks.set(id, asked);
    this.#tell(message(id));
    return asked.promise;
  }

  answer(message: Extract<ToThread, { readonly id: number }>): void {
    const asked = this.#asks.get(message.id);
    this.#asks.delete(message.id);
    if (message.type === 'answer') asked?.resolve(message.value);
    else asked?.reject(new Error(message.message));
  }

  /** Aborted, or the handler has ended. */
  end(): void {
    this.#over = true;
    this.#controller?.abort(new ActionOver());
    for (const asked of this.#asks.values()) asked.reject(new ActionOver());
    this.#asks.clear();
  }
}

async function handlerOf(module: string, activity: string): Promise<Handler | undefined> {
  const found = activitiesOf(await importModule(module), fileURLToPath(module))[activity];
  return typeof found === 'object' ? found.handler : found;
}

async function run(message: Extract<ToThread, { type: 'run' }>, action: ThreadAction): Promise<ActionOutcome> {
  try {
    const handler = await handlerOf(message.module, message.activity);
    if (handler === undefined)
      return failure(ERRORS.noHandler, `${message.module} has no handler "${message.activity}" any more.`);
    return success(await handler(message.input, new HandlerContext(action)));
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** Runs what the worker asks for, one action at a time; gives back what hears its messages. */
export function serveHandlers(tell: Tell): (message: ToThread) => Promise<void> {
  let current: ThreadAction | undefined;
  return async (message) => {
    if (message.type === 'abort') return current?.end();
    if (message.type !== 'run') return current?.answer(message);
    const action = new ThreadAction(message.names, tell);
    current = action;
    const outcome = await run(message, action);
    action.end();
    tell({ type: 'ended', outcome });
  };
}

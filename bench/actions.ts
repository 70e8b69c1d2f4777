// `node bench/actions.ts`: what running an action costs beyond its handler's own call. One thread, no store, no engine.
import { createActionRunner } from '#actions/action-runner';
import { epoch } from '#engine/time';
import type { ActionCall } from '#ports/action';
import type { Clock } from '#ports/clock';
import type { FlowId, RunId } from '#ports/ids';

const clock: Clock = {
  now: () => epoch(Date.now()),
  elapsed: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

const order = { id: 'order-17', lines: 4 };
const runner = createActionRunner({
  clock,
  activities: {
    none: () => undefined,
    sync: (input: typeof order) => ({ id: input.id, total: input.lines * 2 }),
    async: async (input: typeof order) => ({ id: input.id, total: input.lines * 2 }),
    logs: (_input, { log }) => log.info('one line'),
    signal: async (_input, { signal }) => signal.aborted,
  },
});

/** As a worker makes them: the signal is made when it is asked for. */
class Call implements ActionCall {
  readonly input = order;
  readonly flow = 'bench:1' as FlowId;
  readonly run = 'bench:1' as unknown as RunId;
  readonly chart = 'bench';
  readonly state = 'Bench';
  readonly idempotencyKey = 'bench:1#1';
  readonly attempt = 0;
  readonly resource: ActionCall['resource'];
  readonly timeoutMs?: number;
  #signal: AbortSignal | undefined;

  constructor(resource: ActionCall['resource'], timeoutMs: number | undefined) {
    this.resource = resource;
    if (timeoutMs !== undefined) this.timeoutMs = timeoutMs;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }

  async checkpoint() {}
  async readCheckpoint() {
    return undefined;
  }
}

/** Median of seven rounds, in microseconds an action, of `inFlight` chains of actions. */
async function measure(name: string, timeoutMs?: number, inFlight = 100): Promise<number> {
  const each = 1_000;
  const resource = { kind: 'activity', name, text: `activity:${name}` } as const;
  const chain = async () => {
    for (let i = 0; i < each; i++) await runner.run(new Call(resource, timeoutMs));
  };
  const rounds: number[] = [];
  for (let round = 0; round < 9; round++) {
    const began = performance.now();
    await Promise.all(Array.from({ length: inFlight }, chain));
    rounds.push(((performance.now() - began) * 1_000) / (each * inFlight));
  }
  return rounds.slice(2).sort((a, b) => a - b)[3] ?? Number.NaN;
}

const cases: readonly (readonly [title: string, activity: string, timeoutMs?: number])[] = [
  ['nothing returned', 'none'],
  ['object in, object out', 'sync'],
  ['the same, async', 'async'],
  ['sync with a time-out', 'sync', 60_000],
  ['async with a time-out', 'async', 60_000],
  ['one log line', 'logs'],
  ['looks at its signal', 'signal'],
];
for (const [title, activity, timeoutMs] of cases) {
  console.log(`${title.padEnd(24)}${(await measure(activity, timeoutMs)).toFixed(3)} us an action`);
}
await runner.close();

/** Flows that functions own: without a lease, until their time is up, which stands in their name. */
import { expect, test } from 'vitest';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import { MemoryStore } from '#adapters/memory/memory-store';
import type { ActionCall, ActionOutcome, ActionRunner } from '#ports/action';
import { UnknownOutcome } from '#ports/errors';
import { isTerminal } from '#ports/flow-record';
import { functionOf, type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Queue } from '#ports/message';
import type { Store } from '#ports/store';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { Invocation } from '#scheduler/invocation';
import { orderedCommit } from '#scheduler/ordered-commit';
import { ManualClock } from '#test/contract/manual-clock';

const LASTS_MS = 10_000;
const task = (name: string, next?: string) => ({
  [name]: { Type: 'Task', Resource: 'activity:add', ...(next ? { Next: next } : { End: true }) },
});
const branch = (name: string) => ({ StartAt: name, States: task(name) });
const SPLIT = {
  StartAt: 'First',
  States: {
    ...task('First', 'Both'),
    Both: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], Next: 'Sum' },
    Sum: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($[0].n, $[1].n)' }, Next: 'Last' },
    ...task('Last'),
  },
};
const PAIR = { StartAt: 'First', States: { ...task('First', 'Last'), ...task('Last') } };

interface TakenOver {
  readonly from: Incarnation;
  readonly by: string;
  readonly evidence: string;
  readonly when: number;
}

/** A store and a queue in memory, which invocations of a function come to. `act`: what its one handler does, by default adds 1. */
function scene(act: (call: ActionCall) => Promise<ActionOutcome> = added) {
  const clock = new ManualClock();
  const store = new MemoryStore();
  const queue = new MemoryQueue(clock);
  const takenOver: TakenOver[] = [];
  const started: string[] = [];
  let last = 0;
  const schedulerOf = (seenStore: Store, seenQueue: Queue) =>
    createScheduler({
      store: seenStore,
      queue: seenQueue,
      commit: orderedCommit(seenStore, seenQueue),
      clock,
      ids: { random: () => `id${++last}` },
      telemetry: {
        event: (name, fields) => {
          if (name === 'takenOver') takenOver.push(fields as unknown as TakenOver);
        },
      },
    });
  const actions: ActionRunner = {
    activities: new Set(['add']),
    run: (call) => {
      started.push(`${call.flow} ${call.state}`);
      return act(call);
    },
  };
  const receive = () => queue.receive({ queues: ['default', '_control'], max: 10, waitMs: 0, visibilityMs: 12_000 });
  const root = () => store.flows.get(rootFlow(runId('chart', 'r')))!;
  const scheduler = schedulerOf(store, queue);
  return {
    clock,
    store,
    queue,
    takenOver,
    started,
    root,
    receive,
    invocation: (s = scheduler) =>
      new Invocation(s, {
        name: 'executor',
        request: `call${++last}`,
        lastsMs: LASTS_MS,
        actions,
        queues: ['default'],
      }),
    schedulerOf,
    /** One call of the function: what is on the queue is handled, and deleted where it may be once all is done. `calls`: it dies after so many of its own. */
    async invoke(calls = Number.POSITIVE_INFINITY): Promise<boolean> {
      const received = await receive();
      const cut = cutAfter(calls);
      const invocation = this.invocation(schedulerOf(cut.of(store), cut.of(queue)));
      const done = await Promise.race([Promise.all(received.map((it) => invocation.handle(it))), cut.died]);
      invocation.close();
      if (done) for (const [i, it] of received.entries()) if (done[i]) await queue.done(it);
      return done !== undefined;
    },
    async doubleMessages() {
      await queue.send([...queue.entries.values()].map(({ message }) => ({ message, delayMs: 0 })));
    },
    async start(definition: object) {
      const operations = createOperations(scheduler);
      await operations.putChart(JSON.stringify({ name: 'chart', definition }));
      await operations.startRun({ chart: 'chart', name: 'r', input: { n: 1 } });
    },
  };
}

async function added({ input }: ActionCall): Promise<ActionOutcome> {
  return { ok: true, output: { n: (input as { n: number }).n + 1 } };
}

/** Calls that are counted; from the n-th on no answer comes and nothing is done any more. */
function cutAfter(calls: number) {
  let made = 0;
  let die: (nothing: undefined) => void;
  const died = new Promise<undefined>((resolve) => {
    die = resolve;
  });
  const of = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_target, name: keyof T & string) {
        const method = target[name];
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          if (made++ < calls) return method.apply(target, args);
          die(undefined);
          return new Promise(() => {});
        };
      },
    });
  return { of, died };
}

/** Calls the function each second, as long as there is something on the queue. */
async function callOn({ clock, queue }: ReturnType<typeof scene>, invoke: () => Promise<unknown>): Promise<void> {
  for (let seconds = 0; queue.entries.size > 0 && seconds < 200; seconds++) {
    await invoke();
    await clock.advance(1_000);
  }
}

test('a chart is run from its start to its end by a function alone, and each of its messages goes', async () => {
  const here = scene();
  await here.start(SPLIT);
  await callOn(here, () => here.invoke());
  expect(here.root().outcome).toEqual({ status: 'Succeeded', output: { n: 7 } });
  expect(here.started).toHaveLength(4);
  expect(here.takenOver).toEqual([]);
});

test('cut after any of its calls, it is taken over once its time is up, and not before; the next one goes on from the last break', async () => {
  let overs = 0;
  for (let calls = 0; ; calls++) {
    const here = scene();
    await here.start(SPLIT);
    let lives = 0;
    let isUncut = true;
    await callOn(here, async () => {
      // The first and the second are cut, so that take-overs are cut too.
      const whole = await here.invoke(lives++ < 2 ? calls : undefined);
      isUncut &&= whole;
      return whole;
    });
    const told = `cut after ${calls} calls`;
    expect(here.root().outcome, told).toEqual({ status: 'Succeeded', output: { n: 7 } });
    expect(
      [...here.store.flows.values()].filter(({ status }) => !isTerminal(status)),
      told,
    ).toEqual([]);
    expect([...here.store.joins.keys()], told).toEqual([]);
    expect(here.queue.entries.size, told).toBe(0);
    for (const { evidence, from, when, by } of here.takenOver) {
      expect(evidence, told).toBe('deadline');
      expect(by, told).not.toBe(from);
      expect(when, told).toBeGreaterThanOrEqual(functionOf(from)!.until);
    }
    overs += here.takenOver.length;
    if (isUncut) break;
  }
  expect(overs).toBeGreaterThan(10);
});

test('two messages of a flow in one batch have it claimed once', async () => {
  const here = scene();
  await here.start(PAIR);
  await here.doubleMessages();
  await here.invoke();
  expect(here.root().outcome).toEqual({ status: 'Succeeded', output: { n: 3 } });
  expect(here.started).toEqual(['chart:r First', 'chart:r Last']);
});

test('two calls at once, each with a message of the flow, have one of them run it', async () => {
  const here = scene();
  await here.start(PAIR);
  await here.doubleMessages();
  const received = await here.receive();
  expect(received).toHaveLength(2);
  const done = await Promise.all(received.map((it) => here.invocation().handle(it)));
  expect(done.filter(Boolean)).toHaveLength(1);
  expect(here.started).toEqual(['chart:r First', 'chart:r Last']);
  expect(here.root().claims).toBe(0);
});

test('an action that its time cuts short is aborted, and its flow queued for the next call with the reason', async () => {
  let aborted = false;
  const here = scene(
    ({ signal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve({ ok: false, error: 'Aborted' });
        }),
      ),
  );
  await here.start(PAIR);
  const [received] = await here.receive();
  const handled = here.invocation().handle(received!);
  // It begins the action before time goes on.
  await here.clock.advance(0);
  expect(here.started).toEqual(['chart:r First']);
  await here.clock.advance(LASTS_MS - 1_500);
  expect(aborted).toBe(false);
  await here.clock.advance(1_000);
  expect(aborted).toBe(true);
  expect(await handled).toBe(false);
  expect(here.root()).toMatchObject({ status: 'Queued', seq: 0, takenOver: { evidence: { kind: 'deadline' } } });
});

test('L11: where its time runs out while it looks for a cancel, it gives the flow back and begins no action', async () => {
  const here = scene();
  await here.start(PAIR);
  const [received] = await here.receive();
  let looks = 0;
  const slow = new Proxy(here.store, {
    get(target, name: keyof MemoryStore) {
      const method = target[name];
      if (name !== 'readControl') return typeof method === 'function' ? method.bind(target) : method;
      return async (root: never) => {
        // The claim's, that before the first action, that before the second.
        if (++looks === 3) await new Promise<void>((resolve) => here.clock.after(LASTS_MS - 700, resolve));
        return target.readControl(root);
      };
    },
  });
  const handled = here.invocation(here.schedulerOf(slow, here.queue)).handle(received!);
  // It comes to the slow look before time goes on.
  await here.clock.advance(0);
  await here.clock.advance(LASTS_MS);
  expect(await handled).toBe(true);
  expect(here.started).toEqual(['chart:r First']);
  expect(here.root()).toMatchObject({ status: 'Queued', position: { at: 'Last' } });
  expect(here.takenOver).toEqual([]);
});

test('a cancel between two actions is seen before the second', async () => {
  const here = scene(async (call) => {
    const { id, run } = here.root();
    await here.store.apply({ kind: 'putControl', row: { root: id, verb: 'cancel', at: here.clock.now() } } as never);
    expect(run).toBe('chart:r');
    return added(call);
  });
  await here.start(PAIR);
  await here.invoke();
  expect(here.root().status).toBe('Cancelled');
  expect(here.started).toEqual(['chart:r First']);
});

test('B: the message of a flow whose end is committed stays where its time runs out before what follows the commit is done', async () => {
  const here = scene();
  await here.start(SPLIT);
  await here.invoke();
  const throttled = new Proxy(here.store, {
    get(target, name: keyof MemoryStore) {
      const method = target[name];
      if (name === 'leaveJoin') return () => Promise.reject(new UnknownOutcome());
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
  const received = await here.receive();
  const invocation = here.invocation(here.schedulerOf(throttled, here.queue));
  const handled = Promise.all(received.map((it) => invocation.handle(it)));
  await here.clock.advance(0);
  await here.clock.advance(LASTS_MS);
  expect(await handled).toEqual([false, false]);
  invocation.close();
  await callOn(here, () => here.invoke());
  expect(here.root().outcome).toEqual({ status: 'Succeeded', output: { n: 7 } });
  expect(here.started).toHaveLength(4);
});

import { expect, onTestFinished, test, vi } from 'vitest';
import { MemoryQueue } from '#adapters/memory/memory-queue';
import type { FlowId, RunId } from '#ports/ids';
import type { Message, Received } from '#ports/message';
import { ManualClock } from '#test/contract/manual-clock';
import { crewOf } from '#test/support/crew';
import { Places } from '#workers/places';

const flow = (id: string): Message => ({ kind: 'flow', queue: 'q', flow: id as FlowId, term: 1, needs: '' });
const cancel: Message = { kind: 'control', queue: 'q', run: 'c:r' as RunId, root: 'c:r' as FlowId };
const nameOf = ({ message }: Received): string => (message.kind === 'flow' ? message.flow : message.kind);

/** One place, two messages ahead, over a queue in memory; what is dealt with goes on until it is ended. */
async function onePlace() {
  const clock = new ManualClock();
  const queue = new MemoryQueue(clock);
  const ends = new Map<string, () => void>();
  const dealt: string[] = [];
  const dealer = {
    claims: true,
    handle(received: Received): Promise<void> {
      dealt.push(nameOf(received));
      return new Promise((resolve) => ends.set(nameOf(received), resolve));
    },
  };
  const places = new Places(queue, clock, 1, 2, dealer);
  const receive = (max: number) => queue.receive({ queues: ['q'], max, waitMs: 0, visibilityMs: 1_000 });
  return {
    clock,
    dealer,
    places,
    dealt,
    send: (...messages: Message[]) => queue.send(messages.map((message) => ({ message, delayMs: 0 }))),
    /** What another worker would get at this moment. */
    visible: async () => (await receive(10)).map(nameOf),
    async pull(): Promise<void> {
      const until = clock.elapsed() + 1_000;
      places.take(await receive(places.room), until);
    },
    async end(name: string): Promise<void> {
      ends.get(name)?.();
      await clock.advance(0);
    },
  };
}

test('what has no place is held, and starts in its order as the place gets free', async () => {
  const t = await onePlace();
  await t.send(flow('a'), flow('b'), flow('c'), flow('d'));
  expect(t.places.room).toBe(3);
  await t.pull();
  expect(t.dealt).toEqual(['a']);
  expect(t.places.room).toBe(0);
  await t.end('a');
  expect(t.dealt).toEqual(['a', 'b']);
  expect(t.places.room).toBe(1);
  await t.pull();
  await t.end('b');
  await t.end('c');
  expect(t.dealt).toEqual(['a', 'b', 'c', 'd']);
});

test('what is held is dropped when its visibility has run out: its queue brings it again', async () => {
  const t = await onePlace();
  await t.send(flow('a'), flow('b'), flow('c'));
  await t.pull();
  await t.clock.advance(999);
  expect(t.places.room).toBe(0);
  await t.clock.advance(1);
  expect(t.places.room).toBe(2);
  await t.end('a');
  expect(t.dealt).toEqual(['a']);
  expect(await t.visible()).toEqual(['a', 'b', 'c']);
});

test('a control message waits for no place', async () => {
  const t = await onePlace();
  await t.send(flow('a'), flow('b'), cancel);
  await t.pull();
  expect(t.dealt).toEqual(['a', 'control']);
  // While it is dealt with it counts, so that a flood of them is not dealt with all at once.
  expect(t.places.room).toBe(0);
  await t.end('control');
  expect(t.dealt).toEqual(['a', 'control']);
  expect(t.places.room).toBe(1);
});

test('what comes for a place that was taken meanwhile, and is more than may be held, is given back', async () => {
  const t = await onePlace();
  await t.send(flow('a'), flow('b'), flow('c'));
  const done = Promise.withResolvers<void>();
  const pulled = t.pull();
  t.places.occupy(done.promise);
  await pulled;
  expect(t.dealt).toEqual([]);
  expect([t.places.free, t.places.room]).toEqual([0, 0]);
  expect(await t.visible()).toEqual(['c']);
  done.resolve();
  await t.clock.advance(0);
  expect(t.dealt).toEqual(['a']);
});

test('what is held is given back at once, and is visible to others', async () => {
  const t = await onePlace();
  await t.send(flow('a'), flow('b'), flow('c'));
  await t.pull();
  expect(await t.visible()).toEqual([]);
  await t.places.giveBack();
  expect(await t.visible()).toEqual(['b', 'c']);
  await t.end('a');
  expect(t.dealt).toEqual(['a']);
});

test('L8: a worker that claims no more gives back what it holds when a place gets free', async () => {
  const t = await onePlace();
  await t.send(flow('a'), flow('b'));
  await t.pull();
  t.dealer.claims = false;
  await t.end('a');
  expect(t.dealt).toEqual(['a']);
  expect(await t.visible()).toEqual(['b']);
});

const slow = { timeout: 15_000, interval: 20 };

/** A worker of one place that runs the first of four runs and holds as many of the others' messages as `prefetch` says. */
async function busyWorker(prefetch: number) {
  const ends: (() => void)[] = [];
  const here = crewOf({
    hold: (_, { signal }) =>
      new Promise((resolve, reject) => {
        ends.push(() => resolve(null));
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      }),
  });
  onTestFinished(() => here.close());
  const definition = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:hold', End: true } } };
  await here.operations.putChart(JSON.stringify({ name: 'c', definition }));
  for (let i = 0; i < 4; i++) await here.operations.startRun({ chart: 'c', name: `r${i}`, input: {} });
  const worker = await here.worker({ places: 1, prefetch, windowMs: 30_000 });
  const hidden = () => [...here.queue.entries.values()].filter(({ receives }) => receives > 0).length;
  await vi.waitFor(() => expect([ends.length, hidden()]).toEqual([1, 1 + prefetch]), slow);
  const visible = async () => {
    const received = await here.queue.receive({ queues: ['default'], max: 10, waitMs: 0, visibilityMs: 0 });
    return received.map(nameOf).sort();
  };
  return { here, worker, ends, visible };
}

test('a worker without prefetch holds nothing that it does not run', async () => {
  const { visible } = await busyWorker(0);
  expect(await visible()).toEqual(['c:r1', 'c:r2', 'c:r3']);
});

test('a worker starts what it holds ahead without a receive', async () => {
  const { here, ends, visible } = await busyWorker(2);
  expect(await visible()).toEqual(['c:r3']);
  vi.spyOn(here.queue, 'receive').mockRejectedValue(new Error('the queue cannot be reached'));
  ends[0]?.();
  await vi.waitFor(() => expect(ends).toHaveLength(2), slow);
  ends[1]?.();
  await vi.waitFor(() => expect(ends).toHaveLength(3), slow);
});

test('a worker that drains gives back what it holds ahead before the actions that run have ended', async () => {
  const { worker, ends, visible } = await busyWorker(2);
  const drained = worker.drain(30_000);
  await vi.waitFor(async () => expect(await visible()).toEqual(['c:r1', 'c:r2', 'c:r3']), slow);
  expect(worker.life?.holds).toBe(true);
  ends[0]?.();
  await drained;
});

test('a worker that is told to drain by its beat, or aborts, or loses its lease, gives back what it holds ahead', async () => {
  const told = await busyWorker(2);
  told.worker.life?.beaten([], [{ verb: 'drain' }], told.here.s.clock.elapsed());
  await vi.waitFor(async () => expect(await told.visible()).toEqual(['c:r1', 'c:r2', 'c:r3']), slow);
  told.ends[0]?.();

  const aborted = await busyWorker(2);
  aborted.worker.abort();
  await vi.waitFor(async () => expect(await aborted.visible()).toEqual(['c:r1', 'c:r2', 'c:r3']), slow);

  const lost = await busyWorker(2);
  const later = vi.spyOn(lost.here.queue, 'later');
  lost.worker.life?.lost();
  await vi.waitFor(
    () => expect(later.mock.calls.map(([received]) => nameOf(received))).toEqual(['c:r1', 'c:r2']),
    slow,
  );
});

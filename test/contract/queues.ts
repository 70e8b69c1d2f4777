import { expect } from 'vitest';
import { epoch } from '#engine/time';
import type { FlowId, RunId } from '#ports/ids';
import type { Message } from '#ports/message';
import { flowMessage, peek, receive, T0 } from '#test/contract/samples';
import type { Suite } from '#test/contract/subject';

const SECOND = 1_000;

/** The shared task queue: at least once, with delays. */
export function queues(s: Suite): void {
  const send = (message: Message, delayMs = 0) => s.subject.queue.send([{ message, delayMs }]);

  s.test('every kind of message comes as it was sent', async () => {
    const queue = s.freshQueue();
    const flow = s.fresh('flow') as FlowId;
    const messages: Message[] = [
      { ...flowMessage(queue, flow, 3, 'extract'), due: T0 },
      flowMessage(queue, 'ünïcödé:✓ 🦊'),
      { kind: 'control', queue, run: flow as unknown as RunId, root: flow },
      { kind: 'subtree', queue, flow, seq: 4, branches: 12 },
      { kind: 'deadline', queue, root: flow, due: epoch(T0 + 5) },
    ];
    await s.subject.queue.send(messages.map((message) => ({ message, delayMs: 0 })));
    const got = await receive(s, queue, messages.length, { needs: new Set(['extract']) });
    expect(got.map(({ receives }) => receives)).toEqual(messages.map(() => 1));
    expect(new Set(got.map(({ message }) => JSON.stringify(sorted(message))))).toEqual(
      new Set(messages.map((m) => JSON.stringify(sorted(m)))),
    );
  });

  s.test('a message goes to its own queue only', async () => {
    const [mine, other] = [s.freshQueue(), s.freshQueue()];
    await send(flowMessage(mine, 'a'));
    expect(await peek(s, other)).toEqual([]);
    expect(await receive(s, mine)).toHaveLength(1);
  });

  s.test('a receiver of two queues gets the messages of both', async () => {
    const two = [s.freshQueue(), s.freshQueue()];
    for (const queue of two) await send(flowMessage(queue, queue));
    const found = new Set<string>();
    for (let tries = 0; found.size < 2 && tries < 100; tries++) {
      const got = await s.subject.queue.receive({ queues: two, max: 10, waitMs: 0, visibilityMs: 60_000 });
      for (const { message } of got) found.add(message.queue);
    }
    expect([...found].sort()).toEqual([...two].sort());
  });

  s.test('at most `max` messages come', async () => {
    const queue = s.freshQueue();
    await s.subject.queue.send(
      Array.from({ length: 7 }, (_, i) => ({ message: flowMessage(queue, `f${i}`), delayMs: 0 })),
    );
    const first = await receive(s, queue, 1, { max: 3 });
    expect(first.length).toBeLessThanOrEqual(3);
    const rest = await receive(s, queue, 7 - first.length);
    expect(new Set([...first, ...rest].map(({ message }) => JSON.stringify(message))).size).toBe(7);
  });

  s.test('a delayed message comes when its delay is over, not before', async () => {
    const queue = s.freshQueue();
    await send(flowMessage(queue, 'late'), 2 * SECOND);
    await send(flowMessage(queue, 'now'));
    expect((await receive(s, queue)).map(({ message }) => message)).toEqual([flowMessage(queue, 'now')]);
    expect(await peek(s, queue)).toEqual([]);
    await s.subject.pass(2 * SECOND);
    expect((await receive(s, queue)).map(({ message }) => message)).toEqual([flowMessage(queue, 'late')]);
  });

  s.test('what is received is invisible until its visibility ends, then comes again and is counted', async () => {
    const queue = s.freshQueue();
    await send(flowMessage(queue, 'a'));
    const [first] = await receive(s, queue, 1, { visibilityMs: 2 * SECOND });
    expect(first?.receives).toBe(1);
    expect(await peek(s, queue)).toEqual([]);
    await s.subject.pass(2 * SECOND);
    const [second] = await receive(s, queue, 1, { visibilityMs: 60 * SECOND });
    expect(second).toMatchObject({ message: flowMessage(queue, 'a'), receives: 2 });
  });

  s.test('a message that is done never comes again, and done twice is the same', async () => {
    const queue = s.freshQueue();
    await send(flowMessage(queue, 'a'));
    const [got] = await receive(s, queue, 1, { visibilityMs: SECOND });
    await s.subject.queue.done(got!);
    await s.subject.queue.done(got!);
    await s.subject.pass(SECOND);
    expect(await peek(s, queue)).toEqual([]);
  });

  s.test('later lets a message come back after its delay', async () => {
    const queue = s.freshQueue();
    await send(flowMessage(queue, 'a'));
    const [got] = await receive(s, queue);
    await s.subject.queue.later(got!, 2 * SECOND);
    expect(await peek(s, queue)).toEqual([]);
    await s.subject.pass(2 * SECOND);
    expect((await receive(s, queue))[0]).toMatchObject({ message: flowMessage(queue, 'a'), receives: 2 });
  });

  s.test('later with no delay lets it come at once', async () => {
    const queue = s.freshQueue();
    await send(flowMessage(queue, 'a'));
    const [got] = await receive(s, queue);
    await s.subject.queue.later(got!, 0);
    expect((await receive(s, queue))[0]?.receives).toBe(2);
  });

  s.test('a receiver is not kept from what it can run by what it cannot', async () => {
    const queue = s.freshQueue();
    await s.subject.queue.send([
      { message: flowMessage(queue, 'mine', 1, 'extract'), delayMs: 0 },
      { message: flowMessage(queue, 'other', 1, 'resize'), delayMs: 0 },
      { message: flowMessage(queue, 'any', 1, ''), delayMs: 0 },
      { message: { kind: 'control', queue, run: 'c:r' as RunId, root: 'c:r' as FlowId }, delayMs: 0 },
    ]);
    const wanted = (got: readonly { message: Message }[]) =>
      got
        .map(({ message }) => (message.kind === 'flow' ? message.flow : message.kind))
        .filter((name) => name !== 'other');
    const got: { message: Message }[] = [];
    for (let tries = 0; wanted(got).length < 3 && tries < 100; tries++)
      got.push(...(await receive(s, queue, 1, { needs: new Set(['extract']) })));
    expect(wanted(got).sort()).toEqual(['any', 'control', 'mine']);
  });

  s.test('a receive that waits is woken by a send', async () => {
    const queue = s.freshQueue();
    const waiting = s.subject.queue.receive({
      queues: [queue],
      max: 10,
      waitMs: 20 * SECOND,
      visibilityMs: 60 * SECOND,
    });
    await send(flowMessage(queue, 'a'));
    expect((await waiting).map(({ message }) => message)).toEqual([flowMessage(queue, 'a')]);
  });

  s.test('a receive that waits sees a delay run out', async () => {
    const queue = s.freshQueue();
    await send(flowMessage(queue, 'a'), SECOND);
    const waiting = s.subject.queue.receive({
      queues: [queue],
      max: 10,
      waitMs: 20 * SECOND,
      visibilityMs: 60 * SECOND,
    });
    await s.subject.pass(SECOND);
    expect(await waiting).toHaveLength(1);
  });

  s.test('a receive that waits in vain ends empty', async () => {
    const queue = s.freshQueue();
    const waiting = s.subject.queue.receive({ queues: [queue], max: 10, waitMs: SECOND, visibilityMs: 60 * SECOND });
    await s.subject.pass(SECOND);
    expect(await waiting).toEqual([]);
  });

  s.test('who wants none gets none at once, though something is there or comes while it waits', async () => {
    const queue = s.freshQueue();
    let max = 10;
    const wish = {
      queues: [queue],
      get max() {
        return max;
      },
      waitMs: 3 * SECOND,
      visibilityMs: 60 * SECOND,
    };
    const waiting = s.subject.queue.receive(wish);
    max = 0;
    const message = flowMessage(queue, 'f');
    await send(message);
    expect(await s.subject.queue.receive(wish)).toEqual([]);
    await s.subject.pass(3 * SECOND);
    expect(await waiting).toEqual([]);
    max = 1;
    expect(await s.subject.queue.receive(wish)).toMatchObject([{ message }]);
  });

  s.test('a receive that waits ends when it is aborted', async () => {
    const queue = s.freshQueue();
    const abort = new AbortController();
    const options = { queues: [queue], max: 10, waitMs: 20 * SECOND, visibilityMs: 60 * SECOND, signal: abort.signal };
    const waiting = s.subject.queue.receive(options);
    abort.abort();
    expect(await waiting).toEqual([]);
    expect(await s.subject.queue.receive(options)).toEqual([]);
  });

  s.test('500 messages sent at once all come, none twice while invisible', async () => {
    const queue = s.freshQueue();
    await s.subject.queue.send(
      Array.from({ length: 500 }, (_, i) => ({ message: flowMessage(queue, `f${i}`), delayMs: 0 })),
    );
    const got = await receive(s, queue, 500);
    expect(new Set(got.map(({ message }) => (message.kind === 'flow' ? message.flow : ''))).size).toBe(500);
  });

  s.test('the longest delay is told, and is at least 15 minutes', async () => {
    expect(s.subject.queue.maxDelayMs).toBeGreaterThanOrEqual(900_000);
  });
}

const sorted = (message: Message) => Object.fromEntries(Object.entries(message).sort(([a], [b]) => (a < b ? -1 : 1)));

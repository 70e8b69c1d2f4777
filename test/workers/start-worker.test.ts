import { expect, onTestFinished, test } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { FlowbeatError } from '#ports/errors';
import type { Lease } from '#ports/lease';
import { SWEEP_QUEUE } from '#ports/message';
import type { Commit } from '#ports/write';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { TimerBeats } from '#workers/beats';
import { startWorker } from '#workers/start-worker';

/** A worker that starts, and what became of the message to the sweeper. */
async function started(kind: Lease['kind'], fails?: Error) {
  const memory = memoryScheduler();
  const { clock, queue, store } = memory;
  const events: string[] = [];
  const leasesThen: number[] = [];
  const commit: Commit = async (writes) => {
    if (writes.some((write) => write.kind === 'send')) leasesThen.push(store.leases.size);
    if (fails) throw fails;
    return memory.commit(writes);
  };
  const s = { ...memory, commit, telemetry: { event: (name: string) => void events.push(name) } };
  const actions = createActionRunner({ activities: {}, clock });
  const running = await startWorker(s, {
    kind,
    name: 'w',
    queues: ['default'],
    places: 1,
    windowMs: 10_000,
    health: 'http://10.0.0.4:8080/health',
    actions,
    leases: { module: '', name: '', options: null },
    beats: new TimerBeats(store, clock),
  });
  onTestFinished(async () => {
    running.abort();
    await actions.close();
  });
  const asked = [...queue.entries.values()].filter(({ message }) => message.queue === SWEEP_QUEUE);
  return { asked: asked.map(({ message }) => message), events, leasesThen, lease: [...store.leases.values()][0] };
}

test('a worker that starts wakes the sweeper once its lease is there, which names where it answers for its health', async () => {
  const { asked, leasesThen, lease } = await started('external');
  expect(asked).toEqual([{ kind: 'sweep', queue: SWEEP_QUEUE }]);
  expect(leasesThen).toEqual([1]);
  expect(lease?.health).toBe('http://10.0.0.4:8080/health');
});

test('on one machine nobody is woken', async () => {
  expect((await started('local')).asked).toEqual([]);
});

test('where there is no such queue nothing is said; another failure is told, and stops nothing', async () => {
  const { events } = await started('external', new FlowbeatError('rejected', 'QUEUE_NOT_FOUND', 'There is no queue.'));
  expect(events).toEqual(['incarnation']);
  const refused = await started('external', new FlowbeatError('terminal', 'QUEUE_REFUSED', 'AccessDenied'));
  expect(refused.events).toEqual(['incarnation', 'askForSweepFailed']);
});

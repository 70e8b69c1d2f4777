import { expect, onTestFinished, test, vi } from 'vitest';
import { crewOf } from '#test/support/crew';

const chart = {
  name: 'c',
  definition: { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:echo', End: true } } },
};
const slow = { timeout: 30_000, interval: 20 };

test('a flow that its worker cannot go on with is parked, says why, and goes on when it is redriven', async () => {
  let broken = true;
  const here = crewOf({ echo: (input) => input }, (commit) => async (writes) => {
    const ends = writes.some((write) => write.kind === 'commit' && write.flow.status === 'Succeeded');
    if (broken && ends) throw new TypeError('a mistake of ours');
    return commit(writes);
  });
  onTestFinished(() => here.close());
  const worker = await here.worker();
  const run = await here.start(chart, { n: 1 });
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Parked'), slow);
  expect(here.root(run)?.takenOver?.evidence.text).toContain('a mistake of ours');
  expect(worker.life?.holds).toBe(false);

  broken = false;
  await here.operations.redriveRun(run);
  await vi.waitFor(() => expect(here.root(run)?.outcome).toEqual({ status: 'Succeeded', output: { n: 1 } }), slow);
});

test('where its chart says failover: off, a flow that its worker cannot go on with is parked at once', async () => {
  let broken = true;
  const here = crewOf({ echo: (input) => input }, (commit) => async (writes) => {
    if (broken && writes.some(({ kind }) => kind === 'commit')) throw new TypeError('a mistake of ours');
    return commit(writes);
  });
  onTestFinished(() => here.close());
  await here.worker();
  const run = await here.start({ ...chart, failover: 'off' });
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Parked'), slow);
  expect(here.root(run)).toMatchObject({ claims: 1, takenOver: { status: 'Parked', evidence: { kind: 'self' } } });

  broken = false;
  await here.operations.redriveRun(run);
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
});

test('a flow whose chart cannot be read is parked, not owned for ever', async () => {
  const here = crewOf({ echo: (input) => input });
  onTestFinished(() => here.close());
  const run = await here.start(chart);
  const get = vi.spyOn(here.s.charts, 'get').mockRejectedValue(new TypeError('no chart that this code can read'));
  await here.worker();
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Parked'), slow);

  get.mockRestore();
  await here.operations.redriveRun(run);
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
});

test('a worker drains though a flow in its hands cannot be gone on with', async () => {
  const here = crewOf({ echo: (input) => input }, (commit) => async (writes) => {
    if (writes.some((write) => write.kind === 'commit')) throw new TypeError('a mistake of ours');
    return commit(writes);
  });
  onTestFinished(() => here.close());
  const worker = await here.worker();
  const run = await here.start(chart);
  await vi.waitFor(() => expect(here.root(run)?.takenOver).toBeDefined(), slow);
  await worker.drain(200);
  expect(here.root(run)?.owner).toBeUndefined();
});

test('what follows a commit that let a flow go is done as soon as it can be, though it was refused for a fault of its own', async () => {
  let broken = true;
  const here = crewOf(
    { echo: (input) => new Promise((resolve) => setTimeout(() => resolve(input), 500)) },
    (commit) => async (writes) => {
      // The child that starts when the one before it has ended: by then a beat has named that, and its message is gone.
      const succeeds = writes.some((write) => write.kind === 'putFlow' && write.flow.parent?.index === 1);
      if (broken && succeeds) throw new TypeError('a mistake of ours');
      return commit(writes);
    },
  );
  onTestFinished(() => here.close());
  const worker = await here.worker();
  const child = { StartAt: 'T', States: { T: { Type: 'Task', Resource: 'activity:echo', End: true } } };
  const map = { Type: 'Map', MaxConcurrency: 1, ItemProcessor: child, End: true };
  const run = await here.start({ name: 'm', definition: { StartAt: 'M', States: { M: map } } }, [1, 2]);
  const failed = () => here.events.some(({ name, fields }) => name === 'handleFailed' && fields.code === 'UNEXPECTED');
  await vi.waitFor(() => expect(failed()).toBe(true), slow);
  expect(worker.life?.holds).toBe(true);

  broken = false;
  await vi.waitFor(() => expect(here.root(run)?.outcome).toEqual({ status: 'Succeeded', output: [1, 2] }), slow);
});

/** Flows that a worker is given by the store, put and claimed in one: what holds for others holds for them. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { crewOf } from '#test/support/crew';

const slow = { timeout: 30_000, interval: 20 };

const fork = {
  name: 'fork',
  definition: {
    StartAt: 'F',
    States: {
      F: {
        Type: 'Parallel',
        Branches: ['T', 'U'].map((state) => ({
          StartAt: state,
          States: { [state]: { Type: 'Task', Resource: 'activity:work', End: true } },
        })),
        End: true,
      },
    },
  },
};

function crew() {
  const here = crewOf({ work: (input) => input }, undefined, { direct: true });
  onTestFinished(() => here.close());
  return here;
}

test('a run and its branches are claimed as they are put, and leave no message behind', async () => {
  const here = crew();
  await here.worker();
  const run = await here.start(fork, { n: 1 });
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
  const claimed = here.events.filter(({ name }) => name === 'claimed').map(({ fields }) => fields.flow);
  expect(claimed.slice(0, 3)).toEqual([run, `${run}/1.0`, `${run}/1.1`]);
  await vi.waitFor(() => expect(here.queue.entries.size).toBe(0), slow);
});

test('B, C: a child whose worker dies between its end and its join row is joined by others, before any beat has named it', async () => {
  const here = crew();
  const first = await here.worker({ windowMs: 1_500 });
  const { leaveJoin } = here.store;
  here.store.leaveJoin = () => {
    here.store.leaveJoin = leaveJoin;
    first.abort();
    return new Promise(() => {});
  };
  const run = await here.start(fork, { n: 1 });
  await vi.waitFor(() => expect(here.store.leaveJoin).toBe(leaveJoin), slow);
  await here.worker({ windowMs: 1_500 });
  await vi.waitFor(
    () => expect(here.root(run)?.outcome).toEqual({ status: 'Succeeded', output: [{ n: 1 }, { n: 1 }] }),
    slow,
  );
});

test('B: an exception after a child’s end costs its visibility, not its join', async () => {
  const here = crew();
  await here.worker();
  const { leaveJoin } = here.store;
  here.store.leaveJoin = () => {
    here.store.leaveJoin = leaveJoin;
    throw new TypeError('a mistake of ours');
  };
  const run = await here.start(fork, { n: 1 });
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
});

test('O: what is claimed for a worker that was condemned by mistake goes on when it has started over', async () => {
  const here = crew();
  const worker = await here.worker();
  const { incarnation } = worker.life!;
  await here.store.condemn(
    incarnation,
    undefined,
    'mistaken',
    { kind: 'platform', text: 'A mistake.' },
    here.s.clock.now(),
  );
  await here.store.dropLease(incarnation);
  const run = await here.start(fork, { n: 1 });
  expect(here.root(run)?.owner).toBe(incarnation);
  await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
});

test('L8: a worker that drains is given nothing', async () => {
  const here = crew();
  const worker = await here.worker();
  await worker.drain(0);
  const run = await here.start(fork, { n: 1 });
  expect(here.root(run)).toMatchObject({ status: 'Queued', term: 1 });
});

/** The end of a run is told at least once, whoever dies in between; a listener that cannot be told holds nothing up for ever. */
import { expect, onTestFinished, test } from 'vitest';
import { FlowbeatError } from '#ports/errors';
import type { Incarnation } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { RunEnd } from '#ports/run-events';
import { advance } from '#scheduler/advance';
import { claim } from '#scheduler/claim';
import { createOperations } from '#scheduler/create-operations';
import { takeOverAll } from '#scheduler/take-over';
import { memoryScheduler } from '#test/scheduler/memory-scheduler';
import { crewOf } from '#test/support/crew';

const unreachable = () => new FlowbeatError('retryable', 'BUS_UNREACHABLE', 'No.');

/** Keeps what it is told, and resolves `next` with it. `fail`: throws what it returns, by the number of the call. */
function listener(fail: (call: number) => Error | undefined = () => undefined) {
  const ends: RunEnd[] = [];
  let calls = 0;
  let told = Promise.withResolvers<RunEnd>();
  return {
    ends,
    get calls() {
      return calls;
    },
    next: () => told.promise,
    async ended(end: RunEnd) {
      const error = fail(++calls);
      if (error) throw error;
      ends.push(end);
      told.resolve(end);
      told = Promise.withResolvers();
    },
  };
}

const chartOf = (state: object) => ({ name: 'c', definition: { StartAt: 'A', States: { A: state } } });
const PASS = chartOf({ Type: 'Pass', Result: 7, End: true });

async function crewWith(runEvents: ReturnType<typeof listener>) {
  const crew = crewOf({}, undefined, { runEvents });
  onTestFinished(() => crew.close());
  await crew.worker();
  return crew;
}

test('a run that succeeds is told of once, with what it came to', async () => {
  const events = listener();
  const crew = await crewWith(events);
  const told = events.next();
  const run = await crew.start(PASS as never);
  expect(await told).toMatchObject({
    id: run,
    run: 'c:r',
    chart: 'c',
    name: 'r',
    version: 1,
    redrives: 0,
    outcome: { status: 'Succeeded', output: 7 },
  });
  expect(events.calls).toBe(1);
});

test('children end untold; a redrive is an end of its own', async () => {
  const events = listener();
  const crew = await crewWith(events);
  const failing = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Fail', Error: 'Oops' } } });
  const first = events.next();
  const run = await crew.start(
    chartOf({ Type: 'Parallel', Branches: [failing('F'), failing('G')], End: true }) as never,
  );
  expect(await first).toMatchObject({ id: run, redrives: 0, outcome: { status: 'Failed', error: 'Oops' } });
  const second = events.next();
  await crew.operations.redriveRun(run);
  expect(await second).toMatchObject({ id: `${run}~1`, run, redrives: 1, name: 'r', outcome: { status: 'Failed' } });
  expect(events.ends).toHaveLength(2);
});

test('a cancelled run is told of', async () => {
  const events = listener();
  const crew = await crewWith(events);
  const told = events.next();
  const run = await crew.start(chartOf({ Type: 'Wait', Seconds: 3600, End: true }) as never);
  await crew.operations.cancelRun(run, { cause: 'withdrawn' });
  expect(await told).toMatchObject({ outcome: { status: 'Cancelled', cause: 'withdrawn' } });
});

test('what a later try may cure is tried again; what none would cure is told to the operator and holds no run up', async () => {
  const passing = listener((call) => (call < 3 ? unreachable() : undefined));
  const crew = await crewWith(passing);
  const told = passing.next();
  await crew.start(PASS as never);
  await told;
  expect(passing.calls).toBe(3);

  const gone = listener(() => new FlowbeatError('terminal', 'BUS_REFUSED', 'Gone.'));
  const other = await crewWith(gone);
  const run = await other.start(PASS as never);
  await expect.poll(() => other.events.some(({ name }) => name === 'runEventFailed')).toBe(true);
  expect(other.root(run)?.status).toBe('Succeeded');
});

test('an owner that dies between the commit and the telling is made up for by whoever takes over', async () => {
  const s = memoryScheduler();
  const operations = createOperations(s);
  await operations.putChart(JSON.stringify(PASS));
  const { run } = await operations.startRun({ chart: 'c', name: 'r', input: null });
  const dead = 'dead-1' as Incarnation;
  const dying = new AbortController();
  const unheard = {
    async ended() {
      dying.abort();
      throw unreachable();
    },
  };
  const claimed = await claim({ ...s, runEvents: unheard }, s.store.flows.get(run as never)!, {
    incarnation: dead,
    worker: 'dead',
    signal: dying.signal,
  });
  if (typeof claimed === 'string') throw new Error(claimed);
  const { held } = claimed;
  const { term } = held.record;
  await s.store.putLease({
    incarnation: dead,
    worker: 'dead',
    beat: 0,
    flows: [{ flow: run, term }],
    commands: [],
  } as unknown as Lease);
  const owner = { activities: new Set<string>(), queues: ['default'], draining: false };
  await advance({ ...s, runEvents: unheard }, held, owner, { type: 'go' });
  expect(s.store.flows.get(run as never)?.status).toBe('Succeeded');

  const events = listener();
  const silence = { kind: 'silence', text: 'Its beat did not move for 3 s.' } as const;
  await s.store.condemn(dead, 0, 'heir', silence, s.clock.now());
  await takeOverAll({ ...s, runEvents: events }, dead, 'heir');
  expect(events.ends).toMatchObject([{ run, outcome: { status: 'Succeeded', output: 7 } }]);
});

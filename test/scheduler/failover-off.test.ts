/** A chart's `failover: off`: whoever takes a flow over parks it, and only a person's word lets it go on. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { FlowbeatError } from '#ports/errors';
import type { Evidence, FlowRecord } from '#ports/flow-record';
import type { Incarnation, RunId } from '#ports/ids';
import type { Lease } from '#ports/lease';
import { census } from '#scheduler/census';
import { adopt, claim } from '#scheduler/claim';
import { commitFlow } from '#scheduler/commit-flow';
import { control } from '#scheduler/control';
import { flowMessage } from '#scheduler/messages';
import { examine } from '#scheduler/receive';
import { takeOverAll } from '#scheduler/take-over';
import { type CrewHandler, crewOf } from '#test/support/crew';

const slow = { timeout: 30_000, interval: 20 };
const DEAD = 'dead-1' as Incarnation;
const silence: Evidence = { kind: 'silence', text: 'Its beat did not move for 3 s.' };

const only = (state: string) => ({
  StartAt: state,
  States: { [state]: { Type: 'Task', Resource: 'activity:work', End: true } },
});
const definition = only('T');
const chart = { name: 'careful', failover: 'off', definition };

function crew(activities: Readonly<Record<string, CrewHandler>> = {}) {
  const here = crewOf(activities);
  onTestFinished(() => here.close());
  const flow = (run: RunId): FlowRecord => {
    const found = here.root(run);
    if (!found) throw new Error(`${run} is not there`);
    return found;
  };
  return {
    ...here,
    flow,
    /** A run whose root flow is claimed by an incarnation that does nothing with it, and whose first message is gone. */
    async owned(of: object = chart) {
      const run = await here.start(of as never);
      const who = { incarnation: DEAD, worker: 'dead', signal: new AbortController().signal };
      const claimed = await claim(here.s, flow(run), who);
      if (typeof claimed === 'string') throw new Error(claimed);
      here.queue.entries.clear();
      return { run, held: claimed.held, who };
    },
    messages: () => [...here.queue.entries.values()].map(({ message }) => message),
  };
}

/** A lease that nobody beats on, and that names no flow. */
const leaseOf = (over: Partial<Lease> = {}): Lease => ({
  incarnation: DEAD,
  worker: 'dead',
  kind: 'local',
  host: 'host',
  status: 'Connected',
  windowMs: 3_000,
  beat: 0,
  progress: 0,
  stalled: false,
  flows: [],
  places: 1,
  activities: ['work'],
  queues: ['default'],
  startedAt: 0 as Lease['startedAt'],
  beatAt: 0 as Lease['beatAt'],
  commands: [],
  ...over,
});

const parked = (evidence: Partial<Evidence>) => ({
  status: 'Parked',
  term: 3,
  seq: 0,
  claims: 1,
  takenOver: { from: DEAD, by: 'heir', evidence, status: 'Parked', oldTerm: 2, term: 3, fromBreak: 0, at: 'T' },
});

/** A message as received for the `receives`th time. */
const received = (message: Parameters<typeof examine>[1]['message'], receives = 1) => ({
  message,
  receipt: 'none',
  receives,
});

test('what a condemned worker held is parked with the record and without a message; of another chart it is queued', async () => {
  for (const [of, status] of [
    [chart, 'Parked'],
    [{ ...chart, failover: 'on' }, 'Queued'],
  ] as const) {
    const here = crew();
    const { run } = await here.owned(of);
    await here.store.putLease(leaseOf({ flows: [{ flow: here.flow(run).id, term: 2 }] }));
    await here.store.condemn(DEAD, 0, 'heir', silence, here.s.clock.now());
    expect(await takeOverAll(here.s, DEAD, 'heir')).toEqual([here.flow(run).id]);
    const expected = parked(silence);
    expect(here.flow(run)).toMatchObject({ ...expected, status, takenOver: { ...expected.takenOver, status } });
    expect(here.flow(run).owner).toBeUndefined();
    expect(here.messages()).toEqual(status === 'Parked' ? [] : [flowMessage(here.flow(run), 3)]);
  }
});

test('a witness whose owner has no lease, or a condemned one, parks it, and is then past', async () => {
  for (const evidence of [{ kind: 'missing' }, silence] as const) {
    const here = crew();
    const { run } = await here.owned();
    if (evidence === silence) {
      await here.store.putLease(leaseOf());
      await here.store.condemn(DEAD, 0, 'heir', silence, here.s.clock.now());
    }
    const witness = received(flowMessage(here.flow(run), 1));
    expect(await examine(here.s, witness, 'heir')).toMatchObject({ do: 'later', why: 'takenOver' });
    expect(here.flow(run)).toMatchObject(parked(evidence));
    expect(await examine(here.s, witness, 'heir')).toEqual({ do: 'delete', why: 'past' });
    expect(here.messages()).toEqual([]);
  }
});

test('a census parks what no lease names, and does not count it as lost from then on', async () => {
  const here = crew();
  const { run } = await here.owned();
  const nothing = { queued: 0, due: 0, owned: 0, children: 0, ended: 0 };
  expect(await census(here.s, 0, 'heir')).toEqual({ ...nothing, looked: 1, owned: 1 });
  expect(here.flow(run)).toMatchObject(parked({ kind: 'missing' }));
  expect(await census(here.s, 0, 'heir')).toEqual({ ...nothing, looked: 1 });
  expect(here.messages()).toEqual([]);
});

test('an owner that does not answer a cancel has its flow queued, so that it can end', async () => {
  const here = crew();
  const { run } = await here.owned();
  await here.store.putLease(leaseOf());
  await here.operations.cancelRun(run, {});
  here.queue.entries.clear();
  const order = { kind: 'control', queue: 'default', run, root: here.flow(run).id } as const;
  await control(here.s, received(order, 99), 'heir');
  expect(here.flow(run)).toMatchObject({
    status: 'Queued',
    takenOver: { status: 'Queued', evidence: { kind: 'forced' } },
  });
  expect(here.messages()).toEqual([flowMessage(here.flow(run), 3)]);
});

test('a chart that is not there forbids nothing; one that cannot be read just now is waited for', async () => {
  const here = crew();
  const { run } = await here.owned();
  const witness = received(flowMessage(here.flow(run), 1));
  const get = vi.spyOn(here.s.charts, 'get');
  get.mockRejectedValueOnce(new FlowbeatError('retryable', 'STORE_BUSY', 'The store is busy.'));
  await expect(examine(here.s, witness, 'heir')).rejects.toThrow('busy');
  expect(here.flow(run)).toMatchObject({ status: 'Owned', term: 2 });
  here.store.charts.clear();
  get.mockRejectedValueOnce(new FlowbeatError('terminal', 'CHART_MISSING', 'It is not there.'));
  await examine(here.s, witness, 'heir');
  expect(here.flow(run)).toMatchObject({ status: 'Queued', term: 3, takenOver: { status: 'Queued' } });
});

test('a chart that this code cannot compile forbids what its text forbids', async () => {
  const here = crew();
  const { run } = await here.owned();
  vi.spyOn(here.s.charts, 'get').mockRejectedValueOnce(new TypeError('a state of a kind that is not known here'));
  await examine(here.s, received(flowMessage(here.flow(run), 1)), 'heir');
  expect(here.flow(run)).toMatchObject({ status: 'Parked', term: 3 });
});

test('L2, L12: the owner of the past commits nothing, takes nothing up, and its message claims nothing', async () => {
  const here = crew();
  const { run, held, who } = await here.owned();
  const before = here.flow(run);
  await census(here.s, 0, 'heir');
  const end: FlowRecord = { ...before, status: 'Succeeded', term: 3, seq: 1 };
  expect(await commitFlow(here.s, held, [], end)).toBe(false);
  expect(await adopt(here.s, before, who)).toBeUndefined();
  // Sent before the release that was refused: at the term at which it was parked.
  const verdict = await examine(here.s, received(flowMessage(before, 3)), 'heir');
  expect(verdict).toMatchObject({ do: 'later', why: 'waiting' });
  expect(here.flow(run)).toMatchObject(parked({ kind: 'missing' }));
});

test('a cancel ends what is parked, though its message was lost', async () => {
  const here = crew({ work: (input) => input });
  const { run } = await here.owned();
  await census(here.s, 0, 'heir');
  await here.operations.cancelRun(run, {});
  here.queue.entries.clear();
  await census(here.s, 0, 'heir');
  await here.worker();
  await vi.waitFor(() => expect(here.flow(run).status).toBe('Cancelled'), slow);
});

/** A handler that runs until it is told to stop as long as `holds` is true, and counts its calls. */
function holding() {
  const state = { holds: true, calls: 0 };
  const handler: CrewHandler = (input, { signal }) => {
    state.calls++;
    if (!state.holds) return input;
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
  };
  return { state, handler };
}

test('a redrive wakes every child that was parked, and their parent, which waits, joins them', async () => {
  const { state, handler } = holding();
  const here = crew({ work: handler });
  const fork = { Type: 'Parallel', Branches: [only('T'), only('U')], End: true };
  const first = await here.worker();
  const run = await here.start({ ...chart, definition: { StartAt: 'F', States: { F: fork } } }, { n: 1 });
  await vi.waitFor(() => expect(state.calls).toBe(2), slow);
  await vi.waitFor(() => expect(here.flow(run).status).toBe('Waiting'), slow);
  first.abort();
  await here.worker();
  const statuses = () => [...here.store.flows.values()].map(({ status }) => status);
  await vi.waitFor(() => expect(statuses()).toEqual(['Waiting', 'Parked', 'Parked']), slow);

  state.holds = false;
  await here.operations.redriveRun(run);
  const output = [{ n: 1 }, { n: 1 }];
  await vi.waitFor(() => expect(here.flow(run).outcome).toEqual({ status: 'Succeeded', output }), slow);
  expect(state.calls).toBe(4);
  const told = await here.operations.history(run, { limit: 1_000 });
  const records = told.events.filter(({ type }) => type === 'FlowTakenOver');
  expect(records.map((event) => event.flowTakenOverEventDetails)).toMatchObject([
    { fromWorker: 'w0', evidence: 'silence', status: 'Parked' },
    { fromWorker: 'w0', evidence: 'silence', status: 'Parked' },
  ]);
});

test('a living worker that is condemned by mistake finds its flow parked, and its claims are counted anew', async () => {
  const { state, handler } = holding();
  const here = crew({ work: handler });
  const worker = await here.worker();
  const run = await here.start(chart, { n: 1 });
  await vi.waitFor(() => expect(state.calls).toBe(1), slow);
  const incarnation = worker.life!.incarnation;
  await here.store.condemn(incarnation, undefined, 'mistaken', silence, here.s.clock.now());
  await vi.waitFor(() => expect(here.flow(run).status).toBe('Parked'), slow);
  await vi.waitFor(() => expect(worker.life?.claims).toBe(true), slow);
  expect(state.calls).toBe(1);

  await here.operations.redriveRun(run);
  await vi.waitFor(() => expect(state.calls).toBe(2), slow);
  expect(here.flow(run)).toMatchObject({ status: 'Owned', claims: 1 });
  expect(here.flow(run).owner).not.toBe(incarnation);
});

test('a worker that is stopped while its action runs parks the flow; of another chart it is given back', async () => {
  for (const [of, status] of [
    [chart, 'Parked'],
    [{ ...chart, failover: 'on' }, 'Queued'],
  ] as const) {
    const { state, handler } = holding();
    const here = crew({ work: handler });
    const worker = await here.worker();
    const run = await here.start(of);
    await vi.waitFor(() => expect(state.calls).toBe(1), slow);
    await worker.drain(10);
    expect(here.flow(run).status).toBe(status);
    const messages = here.messages().filter((message) => message.kind === 'flow' && message.term === 3);
    expect(messages).toHaveLength(status === 'Parked' ? 0 : 1);
    if (status === 'Queued') continue;
    expect(here.flow(run)).toMatchObject({ takenOver: { evidence: { kind: 'self' }, fromWorker: 'w0', at: 'T' } });
    state.holds = false;
    await here.worker();
    await here.operations.redriveRun(run);
    await vi.waitFor(() => expect(here.flow(run).status).toBe('Succeeded'), slow);
  }
});

test('a claim under which an action may not be repeated asks to be on the disk; others do not', async () => {
  for (const failover of ['off', 'on'] as const) {
    const claims: unknown[] = [];
    const here = crewOf({ work: (input) => input }, (commit) => (writes) => {
      for (const write of writes) if (write.kind === 'claim') claims.push(write.durable);
      return commit(writes);
    });
    onTestFinished(() => here.close());
    await here.worker();
    const run = await here.start({ ...chart, failover });
    await vi.waitFor(() => expect(here.root(run)?.status).toBe('Succeeded'), slow);
    expect(claims).toEqual([failover === 'off' ? true : undefined]);
  }
});

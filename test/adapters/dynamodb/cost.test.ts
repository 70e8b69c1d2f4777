import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import type { Fact } from '#engine/flow';
import { type EpochMs, epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { childFlow, type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Queue } from '#ports/message';
import type { Store } from '#ports/store';
import type { Commit, Write } from '#ports/write';
import { joinRows } from '#scheduler/join-tree';
import { orderedCommit } from '#scheduler/ordered-commit';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, meterSqs, type Tally } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

/**
 * What a run costs by the calls that the scheduler makes, request by request. The ids are as long as real ones: a chart's name, a run's that is a
 * slot or a UUID, an incarnation of worker name and 22 random characters.
 */
describe('what a run costs on DynamoDB and SQS', () => {
  let emulators: Emulators;
  let dynamo: Tally;
  let sqs: Tally;
  let store: Store;
  let queue: Queue;
  let commit: Commit;
  beforeAll(async () => {
    emulators = await openEmulators();
    store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
    queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
    commit = orderedCommit(store, queue);
    // Once a day and process, and once a queue: not a run's.
    await start('first');
    await drain(1);
    dynamo = meterDynamo(emulators.dynamo);
    sqs = meterSqs(emulators.sqs);
  });
  afterAll(() => emulators.close());
  beforeEach(() => {
    dynamo.reset();
    sqs.reset();
  });

  const T0 = epoch(Date.now());
  const owner = 'worker-eu-1-Zk3PqX0aLm9RtYw2Bn4Cv6' as Incarnation;
  const later = (ms: number): EpochMs => epoch(T0 + ms);
  const value = (n: number) => ({ order: 4711 + n, total: 99.5, items: [1, 2, n] });

  const record = (name: string): FlowRecord => {
    const run = runId('nightly-report', name);
    return {
      format: 1,
      id: rootFlow(run),
      run,
      chart: 'nightly-report',
      version: 3,
      queue: 'default',
      needs: 'step0',
      startedAt: T0,
      nonce: 'Zk3PqX0aLm9RtYw2Bn4Cv6',
      status: 'Queued',
      term: 1,
      seq: 0,
      claims: 0,
      position: { at: 'Step0', phase: 'act', step: 1, input: value(0), vars: {}, entered: T0, attempt: 0 },
      redrives: 0,
      updated: T0,
    };
  };
  const messageOf = ({ id, queue: name, needs }: FlowRecord): Write => ({
    kind: 'send',
    message: { kind: 'flow', queue: name, flow: id, term: 1, needs },
    delayMs: 0,
  });
  async function start(name: string): Promise<FlowRecord> {
    const flow = record(name);
    await commit([messageOf(flow), { kind: 'putFlow', flow, facts: [['started', T0, flow.position.input]] }]);
    return flow;
  }
  async function drain(count: number): Promise<void> {
    for (let got = 0; got < count; ) {
      const received = await queue.receive({ queues: ['default'], max: 10, waitMs: 1000, visibilityMs: 30_000 });
      got += received.length;
      await Promise.all(received.map((one) => queue.done(one)));
    }
  }
  async function claim(flow: FlowRecord): Promise<FlowRecord> {
    const now = later(20);
    await commit([{ kind: 'claim', flow: flow.id, if: { term: 1, claimable: { dueBy: now } }, owner, now }]);
    return { ...flow, status: 'Owned', owner, term: 2, claims: 1, updated: now };
  }
  const claimed = (at: EpochMs): Fact => [
    'claimed',
    at,
    { worker: 'worker-eu-1', incarnation: owner, term: 2, queue: 'default' },
  ];
  async function act(was: FlowRecord, n: number): Promise<FlowRecord> {
    const now = later(n * 40);
    const next: FlowRecord = {
      ...was,
      seq: was.seq + 1,
      claims: 0,
      needs: `step${n}`,
      updated: now,
      position: { ...was.position, at: `Step${n}`, step: n + 1, input: value(n), entered: now },
    };
    const facts: Fact[] = [...(n === 1 ? [claimed(now)] : []), ['ok', now, value(n)]];
    const { ok } = await commit([{ kind: 'commit', flow: next, if: { owner, term: was.term, seq: was.seq }, facts }]);
    expect(ok).toBe(true);
    return next;
  }
  async function end(was: FlowRecord, n: number, facts: readonly Fact[] = []): Promise<FlowRecord> {
    const { owner: _owner, ...kept } = was;
    const now = later(n * 40);
    const flow: FlowRecord = {
      ...kept,
      status: 'Succeeded',
      term: 3,
      seq: was.seq + 1,
      claims: 0,
      outcome: { status: 'Succeeded', output: value(n) },
      position: { ...was.position, phase: 'end', input: null },
      updated: now,
    };
    const write: Write = {
      kind: 'commit',
      flow,
      if: { owner, term: was.term, seq: was.seq },
      facts: [...facts, ['ok', now, value(n)]],
    };
    expect((await commit([write])).ok).toBe(true);
    return flow;
  }

  it('put 2 with its place in the list, claim 1, commit 1, end 1', async () => {
    const flow = await start('0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4f50');
    expect(dynamo.toJSON()).toEqual({ 'request PutItem': 1, 'write flow': 1, 'write list': 1 });
    const costs: number[] = [];
    const cost = async <T>(work: Promise<T>): Promise<T> => {
      dynamo.reset();
      const result = await work;
      costs.push(dynamo.sum('write'));
      return result;
    };
    const owned = await cost(claim(flow));
    const acted = await cost(act(owned, 1));
    await cost(end(acted, 2));
    expect(costs).toEqual([1, 1, 1]);
    await drain(1);
  });

  it('a chain of 10 actions alone: at most 1.6 write units and 0.3 SQS requests an action', async () => {
    let flow = await start('0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4f51');
    await drain(1);
    flow = await claim(flow);
    for (let n = 1; n < 10; n++) flow = await act(flow, n);
    const ended = await end(flow, 10);
    expect(dynamo.sum('write') / 10).toBeLessThanOrEqual(1.6);
    expect(sqs.sum('request') / 10).toBeLessThanOrEqual(0.3);
    // Commits that follow a claim know the item that they replace.
    expect(dynamo.sum('read')).toBe(0);
    expect(await store.readFlow(ended.id)).toEqual(ended);
    const facts = (await store.readFacts(ended.id, -1, 100)).flatMap((chunk) => chunk.facts);
    expect(facts.map(([kind]) => kind)).toEqual(['started', 'claimed', ...Array(10).fill('ok')]);
  });

  it('a long chain: history is spilled every few actions', async () => {
    let flow = await claim(await start('0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4f52'));
    for (let n = 1; n <= 100; n++) flow = await act(flow, n);
    expect(dynamo.sum('write') / 100).toBeLessThanOrEqual(1.3);
    await drain(1);
  });

  it('100 chains of 10 side by side: sends, receives and deletes share requests', async () => {
    await Promise.all(
      Array.from({ length: 100 }, async (_, run) => {
        let flow = await claim(await start(`0192f1c4-7a52-7d3c-9f0e-5b1c2d3e5${run}`));
        for (let n = 1; n < 10; n++) flow = await act(flow, n);
        await end(flow, 10);
      }),
    );
    await drain(100);
    expect(dynamo.sum('write') / 1000).toBeLessThanOrEqual(1.6);
    expect(sqs.sum('request') / 1000).toBeLessThanOrEqual(0.1);
  });

  it('a Map of 1,000 branches: at most 4 write units a branch', async () => {
    const root = await claim(await start('0192f1c4-7a52-7d3c-9f0e-5b1c2d3e4f53'));
    await drain(1);
    dynamo.reset();
    sqs.reset();
    const branches = 1000;
    const children = Array.from(
      { length: branches },
      (_, index): FlowRecord => ({
        ...record('x'),
        id: childFlow(root.id, 1, index),
        run: root.run,
        parent: { id: root.id, seq: 1, index, branches, max: 0 },
        position: { ...root.position, at: 'Resize', input: { key: `images/${index}.png`, size: index } },
      }),
    );
    const rows = joinRows(root.id, 1, branches);
    await commit([
      ...rows.map((row): Write => ({ kind: 'putJoin', row })),
      ...children.map(messageOf),
      ...children.map((flow): Write => ({ kind: 'putFlow', flow, facts: [] })),
    ]);
    const left: boolean[] = [];
    let next = 0;
    const places = Array.from({ length: 100 }, async () => {
      for (let child = children[next++]; child; child = children[next++]) {
        const owned = await claim(child);
        await end(owned, 1, [claimed(later(30))]);
        const index = child.parent?.index ?? 0;
        const row = await store.leaveJoin(root.id, 1, `0.${Math.floor(index / 128)}`, { remove: index });
        if (row?.open.length === 0) {
          const top = await store.leaveJoin(root.id, 1, '1.0', { remove: Math.floor(index / 128) });
          left.push(top?.open.length === 0);
        }
      }
    });
    await Promise.all(places);
    await drain(branches);
    await commit(rows.map(({ node }): Write => ({ kind: 'dropJoin', flow: root.id, seq: 1, node })));
    expect(left.some(Boolean)).toBe(true);
    expect(dynamo.sum('write') / branches).toBeLessThanOrEqual(4);
    expect(dynamo.get('write child') / branches).toBeLessThanOrEqual(3.01);
  });
});

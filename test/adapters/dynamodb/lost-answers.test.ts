import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { epoch } from '#engine/time';
import { UnknownOutcome } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import { type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { Store } from '#ports/store';
import type { CommitFlow } from '#ports/write';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { type Fault, injectFaults } from '#test/support/emulators/faults';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

/** The client repeats a request whose answer it lost, and the repeated one is refused by what the first has done (rule N). */
describe('DynamoDB: lost answers and throttling', () => {
  let emulators: Emulators;
  let store: Store;
  let faults: (Fault | undefined)[] = [];
  let seen = 0;
  beforeAll(async () => {
    emulators = await openEmulators();
    injectFaults(emulators.dynamo, (command) =>
      command === 'UpdateItem' || command === 'PutItem' ? faults[seen++] : undefined,
    );
    store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  });
  afterAll(async () => {
    faults = [];
    await emulators.close();
  });
  beforeEach(() => {
    faults = [];
    seen = 0;
  });

  const T0 = epoch(1_790_000_000_000);
  const owner = 'worker-1' as Incarnation;
  let serial = 0;
  const record = (): FlowRecord => {
    const run = runId('chart', `run-${serial++}`);
    return {
      format: 1,
      id: rootFlow(run),
      run,
      chart: 'chart',
      version: 1,
      queue: 'default',
      needs: '',
      startedAt: T0,
      nonce: 'nonce',
      status: 'Queued',
      term: 1,
      seq: 0,
      claims: 0,
      position: { at: 'A', phase: 'act', step: 1, input: { n: 1 }, vars: {}, entered: T0, attempt: 0 },
      redrives: 0,
      updated: T0,
    };
  };
  const put = async (): Promise<FlowRecord> => {
    const flow = record();
    await store.apply({ kind: 'putFlow', flow, facts: [] });
    seen = 0;
    return flow;
  };
  const claimOf = (flow: FlowRecord, by = owner) =>
    ({ kind: 'claim', flow: flow.id, if: { term: 1, claimable: { dueBy: T0 } }, owner: by, now: T0 }) as const;
  const putOwned = async (): Promise<FlowRecord> => {
    const flow = await put();
    await store.apply(claimOf(flow));
    seen = 0;
    return { ...flow, status: 'Owned', owner, term: 2, claims: 1 };
  };
  const commitOf = (was: FlowRecord, at: string): CommitFlow => ({
    kind: 'commit',
    flow: { ...was, seq: was.seq + 1, claims: 0, position: { ...was.position, at } },
    if: { owner, term: was.term, seq: was.seq },
    facts: [['ok', T0, at]],
  });

  it('a commit that was applied at its first try is accepted', async () => {
    const was = await putOwned();
    faults = ['lost'];
    expect(await store.apply(commitOf(was, 'B'))).toMatchObject({ ok: true });
    expect(seen).toBe(2);
    expect(await store.apply(commitOf({ ...was, seq: 1 }, 'C'))).toMatchObject({ ok: true });
    expect((await store.readFacts(was.id, -1, 9)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('a claim, a wake and a put that were applied at their first try are accepted', async () => {
    const flow = record();
    // The day of its start is noted first.
    faults = [undefined, 'lost'];
    seen = serial === 1 ? 0 : 1;
    expect(await store.apply({ kind: 'putFlow', flow, facts: [] })).toEqual({ ok: true });
    [faults, seen] = [['lost'], 0];
    expect(await store.apply(claimOf(flow))).toMatchObject({ ok: true });
    const park = { kind: 'park', flow: flow.id, if: { term: 2 } } as const;
    expect(await store.apply(park)).toMatchObject({ ok: true });
    [faults, seen] = [['lost'], 0];
    expect(await store.apply({ kind: 'wake', flow: flow.id, if: { term: 3, status: 'Parked' } })).toMatchObject({
      ok: true,
    });
    expect((await store.readFlow(flow.id))?.term).toBe(4);
  });

  it('a claim that lost to another is refused, however often it was sent', async () => {
    const flow = await put();
    await store.apply(claimOf(flow, 'worker-2' as Incarnation));
    [faults, seen] = [['lost'], 0];
    expect((await store.apply(claimOf(flow))).ok).toBe(false);
    expect((await store.readFlow(flow.id))?.owner).toBe('worker-2');
  });

  it('a write that nobody answers is an UnknownOutcome, and the next commit finds what is there', async () => {
    const was = await putOwned();
    faults = Array<Fault>(9).fill('lost');
    const write = commitOf(was, 'B');
    await expect(store.apply(write)).rejects.toBeInstanceOf(UnknownOutcome);
    seen = 99;
    expect(await store.readFlow(was.id)).toEqual(write.flow);
    expect((await store.apply(commitOf({ ...was, seq: 1 }, 'C'))).ok).toBe(true);
    expect((await store.readFacts(was.id, -1, 9)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('throttling is waited out', async () => {
    const was = await putOwned();
    faults = Array<Fault>(4).fill('throttled');
    expect(await store.apply(commitOf(was, 'B'))).toMatchObject({ ok: true });
    expect(seen).toBe(5);
  });

  it('a beat that was applied at its first try is no lost lease', async () => {
    const lease: Lease = {
      incarnation: owner,
      worker: 'worker',
      kind: 'local',
      host: 'host',
      status: 'Connected',
      windowMs: 3000,
      beat: 0,
      progress: 0,
      stalled: false,
      flows: [],
      places: 1,
      activities: [],
      queues: [],
      startedAt: T0,
      beatAt: T0,
      commands: [],
    };
    await store.putLease(lease);
    [faults, seen] = [['lost'], 0];
    const beat = { incarnation: owner, progress: 1, stalled: false, status: 'Connected', flows: [], now: T0 } as const;
    expect(await store.beat({ ...beat, beat: 1 })).toEqual([]);
    await store.condemn(owner, 1, 'me', { kind: 'silence', text: 'silent' }, T0);
    [faults, seen] = [['lost'], 0];
    expect(await store.beat({ ...beat, beat: 2 })).toBeUndefined();
  });
});

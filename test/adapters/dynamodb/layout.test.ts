import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { childFlow, type FlowId, type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Store } from '#ports/store';
import type { CommitFlow } from '#ports/write';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo, type Tally } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

const T0 = epoch(1_790_000_000_000);
const owner = 'worker-1' as Incarnation;

/** Where values and history stand, and what a zombie's writes do to them: nothing. */
describe('DynamoDB: values beside the item, history in chunks', () => {
  let emulators: Emulators;
  let tally: Tally;
  const open = (): Store => openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  let store: Store;
  beforeAll(async () => {
    emulators = await openEmulators();
    tally = meterDynamo(emulators.dynamo);
    store = open();
  });
  afterAll(() => emulators.close());
  beforeEach(() => tally.reset());

  let serial = 0;
  const put = async (over: Partial<FlowRecord> = {}): Promise<FlowRecord> => {
    const run = runId('chart', `run-${serial++}`);
    const flow: FlowRecord = {
      format: 1,
      id: rootFlow(run),
      run,
      chart: 'chart',
      version: 1,
      queue: 'default',
      needs: '',
      startedAt: T0,
      nonce: 'nonce',
      status: 'Owned',
      owner,
      term: 2,
      seq: 0,
      claims: 1,
      position: { at: 'A', phase: 'act', step: 1, input: null, vars: {}, entered: T0, attempt: 0 },
      redrives: 0,
      updated: T0,
      ...over,
    };
    await store.apply({ kind: 'putFlow', flow, facts: [] });
    return flow;
  };
  const next = (was: FlowRecord, input: Json, facts: readonly Fact[]): CommitFlow => ({
    kind: 'commit',
    flow: { ...was, seq: was.seq + 1, position: { ...was.position, input } },
    if: { owner: was.owner!, term: was.term, seq: was.seq },
    facts,
  });
  const ok = (output: Json): Fact => ['ok', T0, output];
  const chunksOf = async (flow: FlowId) => {
    const ExpressionAttributeValues = { ':k': { S: `h:${flow}` } };
    const input = { TableName: emulators.table, KeyConditionExpression: 'k = :k', ExpressionAttributeValues };
    return (await emulators.dynamo.send(new QueryCommand(input))).Count ?? 0;
  };
  const long = (n: number) => `${n} `.repeat(500);

  it('an output that is the next input is stored once, and not again while it stays', async () => {
    let was = await put();
    tally.reset();
    for (let n = 1; n <= 3; n++) {
      const write = next(was, long(1), [ok(n === 1 ? long(1) : n)]);
      expect((await store.apply(write)).ok).toBe(true);
      was = write.flow;
    }
    expect(tally.get('request PutItem')).toBe(1);
    expect(tally.get('write flow')).toBe(3);
    expect(await open().readFlow(was.id)).toEqual(was);
    expect((await open().readFacts(was.id, -1, 9)).map(({ facts }) => facts)).toEqual([
      [ok(long(1))],
      [ok(2)],
      [ok(3)],
    ]);
  });

  it("a zombie's chunk is in nobody's history", async () => {
    let was = await put();
    for (let n = 1; n <= 3; n++) {
      const write = next(was, n, [ok('x'.repeat(250))]);
      await store.apply(write);
      was = write.flow;
    }
    const [zombie, owned] = [open(), open()];
    await zombie.readFlow(was.id);
    // Taken over and claimed by another: the zombie does not know.
    const heir = 'worker-2' as Incarnation;
    await owned.apply({
      kind: 'takeOver',
      flow: was.id,
      if: { owner, term: 2, status: 'Owned' },
      record: {
        from: owner,
        fromWorker: 'w',
        by: heir,
        evidence: { kind: 'silence', text: '' },
        status: 'Queued',
        oldTerm: 2,
        term: 3,
        fromBreak: 3,
        at: 'A',
        when: T0,
      },
    });
    await owned.apply({ kind: 'claim', flow: was.id, if: { term: 3, claimable: { dueBy: T0 } }, owner: heir, now: T0 });
    const late = next(was, 4, [ok('z'.repeat(500))]);
    expect((await zombie.apply(late)).ok).toBe(false);
    expect(await chunksOf(was.id)).toBe(1);
    const facts = async () =>
      (await open().readFacts(was.id, -1, 99)).map(({ seq, facts: [fact] }) => [seq, fact?.[2]]);
    const x = 'x'.repeat(250);
    expect(await facts()).toEqual([1, 2, 3].map((seq) => [seq, x]));
    let mine: FlowRecord = { ...was, owner: heir, term: 4 };
    for (let n = 4; n <= 9; n++) {
      const write = next(mine, n, [ok('y'.repeat(250))]);
      expect((await owned.apply(write)).ok).toBe(true);
      mine = write.flow;
      // At each moment: the zombie's chunk alone, beside an accepted one of the same first commit, and followed by others.
      expect(await facts()).toEqual([
        ...[1, 2, 3].map((seq) => [seq, x]),
        ...Array.from({ length: n - 3 }, (_, i) => [i + 4, 'y'.repeat(250)]),
      ]);
      expect((await open().readFacts(was.id, n - 2, 99)).map(({ seq }) => seq)).toEqual([n - 1, n]);
    }
    expect(await chunksOf(was.id)).toBeGreaterThan(2);
  });

  it('texts that look like the marks of the layout come back as they were', async () => {
    let was = await put();
    const marks: Json[] = ['\u0001@abc', '\u0001\u0001', '=', '@abc', '!', ['\u0001@abc'], `\u0001${long(3)}`, '"="'];
    for (const mark of marks) {
      const write = next(was, mark, [ok(mark)]);
      expect((await store.apply(write)).ok).toBe(true);
      was = write.flow;
      expect((await open().readFlow(was.id))?.position.input).toEqual(mark);
    }
    const facts = (await open().readFacts(was.id, -1, 99)).map(({ facts: [fact] }) => fact?.[2]);
    expect(facts).toEqual(marks);
  });

  it('vars that stay through many commits are written once, and items stay within one write unit', async () => {
    let was = await put({ position: { ...(await put()).position, vars: { table: long(7) } } });
    tally.reset();
    for (let n = 1; n <= 20; n++) {
      const write = next(was, { n, text: 'x'.repeat(200) }, [ok({ n, text: 'x'.repeat(200) })]);
      expect((await store.apply(write)).ok).toBe(true);
      was = write.flow;
    }
    expect(tally.get('write value')).toBe(0);
    expect(tally.get('write flow')).toBe(20);
    expect(await open().readFlow(was.id)).toEqual(was);
  });

  it('10,000 facts in one commit come back, in order', async () => {
    const was = await put();
    const facts = Array.from(
      { length: 10_000 },
      (_, i): Fact => ['step', epoch(T0 + i), `state number ${i} of the run`],
    );
    expect((await store.apply(next(was, null, facts))).ok).toBe(true);
    expect(await open().readFacts(was.id, -1, 9)).toEqual([{ seq: 1, term: 2, facts }]);
  });

  it('children are spread over partitions and listed after their parents', async () => {
    const root = await put();
    const make = async (parent: FlowId, index: number) => {
      const id = childFlow(parent, 1, index);
      const flow = { ...root, id, parent: { id: parent, seq: 1, index, branches: 30, max: 0 } };
      await store.apply({ kind: 'putFlow', flow, facts: [] });
      return id;
    };
    const children = await Promise.all(Array.from({ length: 30 }, (_, index) => make(root.id, index)));
    const grandchildren = await Promise.all(children.map((child) => make(child, 0)));
    const { items } = await store.listFlows(root.run);
    const ids = items.map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([root.id, ...children, ...grandchildren]));
    for (const { id, parent } of items)
      if (parent && id !== root.id) expect(ids.indexOf(parent.id)).toBeLessThan(ids.indexOf(id));
  });
});

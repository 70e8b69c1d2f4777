import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { type Incarnation, rootFlow, runId } from '#ports/ids';
import type { FactChunk, Store } from '#ports/store';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { type Fault, injectFaults } from '#test/support/emulators/faults';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

let emulators: Emulators;
let faults: readonly (Fault | undefined)[] = [];
let sent = 0;
beforeAll(async () => {
  emulators = await openEmulators();
  injectFaults(emulators.dynamo, (_, attempt) => (attempt === 1 ? faults[sent++ % 97] : undefined));
});
afterAll(async () => {
  faults = [];
  await emulators.close();
});

const T0 = epoch(1_790_000_000_000);
const owner = 'worker-1' as Incarnation;
/** Small values and those on either side of each bound of the layout. */
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constantFrom(150, 300, 590, 600, 610, 1_000, 5_000).map((length) => 'ä'.repeat(length / 2)),
  fc.constantFrom('\u0001', '@', '=', '!'),
);
const commit = fc.record({
  input: value,
  vars: fc.option(value, { nil: undefined }),
  output: fc.option(value, { nil: undefined }),
  /** The output is the next input, as after an action without paths. */
  passes: fc.boolean(),
  facts: fc.nat(3),
  /** Another process, which has not seen the flow, makes this commit. */
  fresh: fc.boolean(),
});
/** The first try of one request in about twelve has its answer lost. */
const losses = fc.array(fc.constantFrom<Fault | undefined>('lost', ...Array(11).fill(undefined)), {
  minLength: 97,
  maxLength: 97,
});

it('whatever is committed is read back, history complete and in order, answers lost now and then', async () => {
  let serial = 0;
  const open = (): Store => openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
  const run = async (commits: (typeof commit extends fc.Arbitrary<infer T> ? T : never)[], lost: typeof faults) => {
    const name = runId('chart', `run-${serial++}`);
    let flow: FlowRecord = {
      format: 1,
      id: rootFlow(name),
      run: name,
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
      claims: 0,
      position: { at: 'A', phase: 'act', step: 1, input: null, vars: {}, entered: T0, attempt: 0 },
      redrives: 0,
      updated: T0,
    };
    const history: FactChunk[] = [];
    faults = lost;
    let store = open();
    await store.apply({ kind: 'putFlow', flow, facts: [] });
    for (const { input, vars, output, passes, facts: count, fresh } of commits) {
      if (fresh) store = open();
      const at = epoch(T0 + flow.seq * 7);
      const facts: Fact[] = Array.from({ length: count }, (_, i): Fact => ['note', at, i, input]);
      if (output !== undefined) facts.push(['ok', at, output]);
      const next: FlowRecord = {
        ...flow,
        seq: flow.seq + 1,
        position: {
          ...flow.position,
          input: passes && output !== undefined ? output : input,
          vars: vars === undefined ? {} : { kept: vars },
        },
        updated: at,
      };
      const write = { kind: 'commit', flow: next, if: { owner, term: 2, seq: flow.seq }, facts } as const;
      expect((await store.apply(write)).ok).toBe(true);
      expect((await open().apply(write)).ok).toBe(false);
      if (facts.length > 0) history.push({ seq: next.seq, term: 2, facts });
      flow = next;
    }
    faults = [];
    expect(await open().readFlow(flow.id)).toEqual(JSON.parse(JSON.stringify(flow)));
    const read = await open().readFacts(flow.id, -1, 1_000);
    expect(read).toEqual(JSON.parse(JSON.stringify(history)));
    const after = Math.floor(flow.seq / 2);
    expect(await open().readFacts(flow.id, after, 2)).toEqual(read.filter(({ seq }) => seq > after).slice(0, 2));
  };
  await fc.assert(fc.asyncProperty(fc.array(commit, { minLength: 1, maxLength: 12 }), losses, run), { numRuns: 60 });
});

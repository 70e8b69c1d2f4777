import { expect, test } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import type { FlowRecord } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Write } from '#ports/write';
import { after, stateFile } from '#test/adapters/sqlite/folder';
import { queued } from '#test/adapters/sqlite/records';

const open = async () => {
  const sqlite = await openSqlite({ file: stateFile(), clock: SYSTEM_CLOCK });
  after(() => sqlite.close());
  return sqlite;
};

const start = (flow: FlowRecord): Write[] => [
  { kind: 'send', message: { kind: 'flow', queue: flow.queue, flow: flow.id, term: 1, needs: '' }, delayMs: 0 },
  { kind: 'putFlow', flow, facts: [] },
];

function claimerOf(places: number) {
  const taken: string[] = [];
  return {
    taken,
    owner: 'me' as Incarnation,
    queues: ['q'],
    activities: new Set<string>(),
    visibilityMs: 60_000,
    places: () => places - taken.length,
    take: ({ id }: FlowRecord) => void taken.push(id),
  };
}

test('what is received in a transaction has its place before what is put in it', async () => {
  const { commit, queue, directClaims, counters } = await open();
  await commit(start(queued('first', 'q')));
  const claimer = claimerOf(1);
  directClaims.add(claimer);
  const before = counters().transactions;
  const receiving = queue.receive({ queues: ['q'], max: 1, waitMs: 0, visibilityMs: 60_000 });
  // The receiver has looked and asks for its transaction; the start joins that.
  for (let i = 0; i < 10; i++) await Promise.resolve();
  const starting = commit(start(queued('second', 'q')));
  expect(await receiving).toHaveLength(1);
  await starting;
  expect(counters().transactions).toBe(before + 1);
  expect(claimer.taken).toEqual([]);
});

test('work that is done again after another’s failed claims once', async () => {
  const { commit, store, directClaims } = await open();
  const claimer = claimerOf(5);
  directClaims.add(claimer);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const bad = queued('bad', 'q');
  const [good, failed] = await Promise.allSettled([
    commit(start(queued('good', 'q'))),
    commit(start({ ...bad, position: { ...bad.position, vars: circular as never } })),
  ]);
  expect([good?.status, failed?.status]).toEqual(['fulfilled', 'rejected']);
  expect(claimer.taken).toEqual([queued('good', 'q').id]);
  expect(await store.readFlow(queued('good', 'q').id)).toMatchObject({ status: 'Owned', owner: 'me', term: 2 });
  expect(await store.readFlow(bad.id)).toBeUndefined();
});

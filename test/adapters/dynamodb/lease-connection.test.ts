import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openLeases } from '#adapters/dynamodb/lease-connection';
import { epoch } from '#engine/time';
import type { Incarnation } from '#ports/ids';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { Link } from '#test/support/link';

let emulators: Emulators;
beforeAll(async () => {
  emulators = await openEmulators();
});
afterAll(() => emulators.close());

const T0 = epoch(1_790_000_000_000);
const beatOf = (incarnation: Incarnation, beat: number) =>
  ({ incarnation, beat, progress: beat, stalled: false, status: 'Connected', flows: [], now: T0 }) as const;

async function leased(incarnation: Incarnation) {
  const { dynamo, table } = emulators;
  const store = openDynamo({ client: dynamo, table, clock });
  await store.putLease({
    ...beatOf(incarnation, 0),
    worker: 'worker-1',
    kind: 'external',
    host: 'host',
    windowMs: 3000,
    places: 1,
    activities: [],
    queues: [],
    startedAt: T0,
    beatAt: T0,
    commands: [],
  });
  return store;
}

it('the thread that beats sees the leases that the worker wrote, through a client of its own', async () => {
  const { table, endpoints } = emulators;
  const incarnation = 'worker-1-abc' as Incarnation;
  const store = await leased(incarnation);
  const { leases, close } = await openLeases({ table, endpoint: endpoints.dynamo }, 3000);
  expect(await leases.beat(beatOf(incarnation, 1))).toEqual([]);
  expect((await store.readLease(incarnation))?.beat).toBe(1);
  await close();
});

it('a beat that is not answered is given up, and the next one goes by another connection', async () => {
  const { table, endpoints } = emulators;
  const incarnation = 'worker-2-abc' as Incarnation;
  const store = await leased(incarnation);
  await using link = await Link.to(endpoints.dynamo);
  const { leases, close } = await openLeases({ table, endpoint: link.url }, 6000);
  expect(await leases.beat(beatOf(incarnation, 1))).toEqual([]);
  link.cut();
  await expect(leases.beat(beatOf(incarnation, 2))).rejects.toMatchObject({ kind: 'retryable' });
  link.mend();
  expect(await leases.beat(beatOf(incarnation, 3))).toEqual([]);
  expect((await store.readLease(incarnation))?.beat).toBe(3);
  await close();
});

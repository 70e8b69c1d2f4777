import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openLeases } from '#adapters/dynamodb/lease-connection';
import { epoch } from '#engine/time';
import type { Incarnation } from '#ports/ids';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

let emulators: Emulators;
beforeAll(async () => {
  emulators = await openEmulators();
});
afterAll(() => emulators.close());

it('the thread that beats sees the leases that the worker wrote, through a client of its own', async () => {
  const { dynamo, table, endpoints } = emulators;
  const store = openDynamo({ client: dynamo, table, clock });
  const incarnation = 'worker-1-abc' as Incarnation;
  const T0 = epoch(1_790_000_000_000);
  const status = 'Connected' as const;
  const beat = { incarnation, progress: 1, stalled: false, status, flows: [], now: T0 };
  await store.putLease({
    ...beat,
    worker: 'worker-1',
    kind: 'external',
    host: 'host',
    windowMs: 3000,
    beat: 0,
    places: 1,
    activities: [],
    queues: [],
    startedAt: T0,
    beatAt: T0,
    commands: [],
  });
  const { leases, close } = await openLeases({ table, endpoint: endpoints.dynamo }, 3000);
  expect(await leases.beat({ ...beat, beat: 1 })).toEqual([]);
  expect((await store.readLease(incarnation))?.beat).toBe(1);
  await close();
});

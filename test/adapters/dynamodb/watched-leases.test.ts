import { expect, test } from 'vitest';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import type { FlowId, Incarnation } from '#ports/ids';
import { openEmulators } from '#test/support/emulators/emulators';
import { meterDynamo } from '#test/support/emulators/meter';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { beatOf, leaseOf } from '../../../bench/aws/leases.ts';

const WINDOW_MS = 30_000;

test('a look at all leases costs the same, however many flows they name; only who wants the flows pays for them', async () => {
  const emulators = await openEmulators();
  const { dynamo: client, table } = emulators;
  const meter = meterDynamo(client);
  const store = openDynamo({ client, table, clock });
  const leases = Array.from({ length: 10 }, (_, i) => leaseOf(i, WINDOW_MS, []));
  for (const lease of leases) await store.putLease(lease);
  const reads = async (look: () => Promise<readonly unknown[]>) => {
    meter.reset();
    expect(await look()).toHaveLength(leases.length);
    return meter.sum('read');
  };
  const watch = () => reads(() => store.watchedLeases());
  const few = await watch();
  const flows = Array.from({ length: 500 }, () => ({ flow: `chart:${crypto.randomUUID()}` as FlowId, term: 2 }));
  for (const { incarnation } of leases) await store.beat(beatOf({ incarnation: incarnation as Incarnation, flows }, 1));
  expect(await watch()).toBe(few);
  expect(await reads(() => store.listLeases())).toBeGreaterThan(few + leases.length);
  await emulators.close();
});

/** The handlers of `flowbeat demo failover`. They only wait, so that a person can follow; each says in its output which process ran it. */
import { setTimeout as after } from 'node:timers/promises';

const PART_MS = 400;
const PARTS = 8;

/** As far as these handlers use what every handler is given. */
interface Context {
  readonly signal: AbortSignal;
  checkpoint(data: number): Promise<void>;
  checkpointed<T>(): Promise<T | undefined>;
}

/** The first action: its result is committed before the worker is killed. */
export async function fetchOrders(_: unknown, { signal }: Context): Promise<object> {
  await after(800, undefined, { signal });
  return { orders: 1_200, process: process.pid };
}

/** The long action in which the worker is killed. It saves how far it is, so that whoever repeats it goes on from there. */
export async function pack(_: unknown, { signal, checkpoint, checkpointed }: Context): Promise<object> {
  const found = (await checkpointed<number>()) ?? 0;
  for (let part = found; part < PARTS; part++) {
    await after(PART_MS, undefined, { signal });
    await checkpoint(part + 1);
  }
  return { parts: PARTS, alreadyDone: found, process: process.pid };
}

/** The last action. */
export async function ship(_: unknown, { signal }: Context): Promise<object> {
  await after(800, undefined, { signal });
  return { shipped: true, process: process.pid };
}

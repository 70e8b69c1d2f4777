import type { Clock } from '#ports/clock';
import { rejected } from '#ports/errors';
import type { Store } from '#ports/store';
import type { Telemetry } from '#ports/telemetry';

/** A window holds three beats, and a beat may be a write that is sent twice: below six writes a slow one looks like death. */
const LEAST_WRITES = 6;
/** From so many on, a store ten times as slow as measured still lets beats through in time. */
const GOOD_WRITES = 20;
/** The median of these: the first one opens connections. */
const PROBES = 5;

/** Where the probes write: a small setting of no meaning. */
const KEY = 'cluster.probe';

/** The median time of a conditional write to the store, in milliseconds. */
export async function writeLatency(store: Pick<Store, 'readSetting' | 'writeSetting'>, clock: Clock): Promise<number> {
  const took: number[] = [];
  for (let probe = 0; probe < PROBES; probe++) {
    // Whoever else probes at this moment makes the condition fail: that is a write too, and takes as long.
    const was = await store.readSetting(KEY);
    const from = clock.elapsed();
    await store.writeSetting(KEY, clock.now() + probe, was);
    took.push(clock.elapsed() - from);
  }
  return took.sort((a, b) => a - b)[PROBES >> 1] ?? 0;
}

/**
 * Measures the store against a failover window. Throws WINDOW_TOO_SHORT where live workers would be taken for dead; tells `windowLow` where they might be, on a
 * bad day.
 */
export async function windowSuits(
  { store, clock, telemetry }: { readonly store: Store; readonly clock: Clock; readonly telemetry: Telemetry },
  windowMs: number,
): Promise<void> {
  const latencyMs = await writeLatency(store, clock);
  const fields = { windowMs, latencyMs: Math.round(latencyMs * 10) / 10 };
  if (windowMs < LEAST_WRITES * latencyMs) {
    throw rejected(
      'WINDOW_TOO_SHORT',
      `A failover window of ${windowMs} ms is too short for this store, whose writes take ${fields.latencyMs} ms: workers that live would be taken for dead. It must be at least ${Math.ceil(LEAST_WRITES * latencyMs)} ms; ${Math.ceil(GOOD_WRITES * latencyMs)} ms are advised.`,
      fields,
    );
  }
  if (windowMs < GOOD_WRITES * latencyMs) telemetry.event('windowLow', fields);
}

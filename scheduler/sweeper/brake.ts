import type { EpochMs } from '#engine/time';
import type { Scheduler } from '#scheduler/context';

/** Stops what an installation does by itself about workers and lost messages, until a person lets it go on. */
export interface Brake {
  /** Why, for the next person who looks. */
  readonly reason: string;
  readonly at: EpochMs;
}

const KEY = 'sweeper.brake';

/**
 * The brake, where it is on: then nobody is condemned, nothing is taken over by the sweeper or by an event of the platform, and no census is
 * taken. Runs, waits, schedules and the workers' own failover go on.
 */
export async function readBrake(s: Pick<Scheduler, 'store'>): Promise<Brake | undefined> {
  return ((await s.store.readSetting(KEY)) ?? undefined) as Brake | undefined;
}

/** Sets the brake, or with `undefined` lets it go. The last word counts. */
export async function setBrake(s: Scheduler, reason: string | undefined): Promise<void> {
  const brake = reason === undefined ? null : { reason, at: s.clock.now() };
  for (;;) {
    const was = await s.store.readSetting(KEY);
    if ((was ?? null) === null && brake === null) return;
    if (await s.store.writeSetting(KEY, brake, was)) break;
  }
  s.telemetry.event(brake === null ? 'brakeReleased' : 'brakeSet', { ...(reason !== undefined && { reason }) });
}

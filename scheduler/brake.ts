import type { EpochMs } from '#engine/time';
import type { Scheduler } from '#scheduler/context';

/**
 * Stops what an installation does by itself about workers that seem to be dead, until a person lets it go on: for when the judgement itself is in doubt, as
 * with half a network.
 */
export interface Brake {
  /** Why, for the next person who looks. */
  readonly reason: string;
  readonly at: EpochMs;
}

const KEY = 'sweeper.brake';

/**
 * The brake, where it is on: then nobody is condemned and nothing is taken over, by a worker, by the sweeper or by an event of the platform, and functions
 * take no census. Runs, waits and schedules go on. It is read only where somebody is to be condemned or taken over from: workers that are well cost nothing.
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

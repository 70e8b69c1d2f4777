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
 * The brake, where it is on: then nobody is condemned and nothing is taken over from a worker, be it by a worker, the sweeper, an event of the platform, the census or whoever
 * receives the message of a flow that the worker owns; and functions take no census. Runs, waits and schedules go on.
 *
 * What is no judgement about workers is not stopped: a flow whose function's time is up is taken over (Lambda has ended it, whatever the network does), a worker takes its own flows from an
 * earlier incarnation of itself, and a cancel is forced.
 *
 * It is read only where somebody is to be condemned or taken over from: workers that are well cost nothing.
 */
export async function readBrake(s: Pick<Scheduler, 'store'>): Promise<Brake | undefined> {
  return ((await s.store.readSetting(KEY)) ?? undefined) as Brake | undefined;
}

/** Whether the brake keeps `by` from what it was about to do; told where it does, since nothing else shows that a flow stands still. */
export async function isBraked(s: Pick<Scheduler, 'store' | 'telemetry'>, by: string): Promise<boolean> {
  const brake = await readBrake(s);
  if (brake) s.telemetry.event('braked', { by, reason: brake.reason });
  return brake !== undefined;
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

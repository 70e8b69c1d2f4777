import type { EpochMs } from '#engine/time';
import type { Lease, Platform } from '#ports/lease';
import { isBraked } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { SWEEP_NOW } from '#scheduler/sweeper/chain';
import { type Bounds, recover } from '#scheduler/sweeper/recover';

/** What takes over, in the records. */
const BY = 'platform-events';

/** What the platform says of a task or an instance. */
export interface PlatformEvent {
  /** `gone`: it runs no more, which is proof. `leaving`: it will be taken away soon; whoever works there lives. */
  readonly kind: 'gone' | 'leaving';
  readonly host: Pick<Platform, 'taskArn' | 'instanceId'>;
  /** When it was so. An instance can be started again: who began later is not meant. Absent where the host never comes back. */
  readonly until?: EpochMs;
  /** One sentence for people. */
  readonly text: string;
}

/**
 * The fast path of failover. Workers on a host that is gone are condemned, whatever their beat, and their flows taken over at once; on one that will
 * go they are told to drain. The sweeper is woken first: what this call does not come to, cut or out of time, is done by it.
 */
export async function hearPlatform(
  s: Scheduler,
  event: PlatformEvent,
  bounds: Pick<Bounds, 'perMinute' | 'goesOn'>,
): Promise<void> {
  const meant = (await s.store.listLeases()).filter((lease) => isMeant(lease, event));
  s.telemetry.event('platformEvent', { kind: event.kind, ...event.host, workers: meant.length });
  if (meant.length === 0) return;
  if (event.kind === 'leaving') {
    for (const { incarnation, condemned } of meant)
      if (!condemned) await s.store.command(incarnation, { verb: 'drain' });
    return;
  }
  // To drain is no take-over: only what follows is what the brake stops.
  if (await isBraked(s, BY)) return;
  await s.commit([SWEEP_NOW]);
  const evidence = { kind: 'platform', text: event.text } as const;
  for (const { incarnation, worker, condemned } of meant) {
    if (condemned) continue;
    if (await s.store.condemn(incarnation, undefined, BY, evidence, s.clock.now()))
      s.telemetry.event('condemned', { incarnation, worker, evidence: evidence.kind });
  }
  // Read again: a last beat may have changed what they hold.
  const condemned = await Promise.all(meant.map(({ incarnation }) => s.store.readLease(incarnation)));
  const { taken, backlog } = await recover(
    s,
    condemned.filter((lease) => lease?.condemned !== undefined) as readonly Lease[],
    { ...bounds, by: BY, from: 0 },
  );
  s.telemetry.event('recovered', { by: BY, taken, backlog });
}

function isMeant({ platform, startedAt }: Lease, { host, until }: PlatformEvent): boolean {
  const same =
    host.taskArn === undefined
      ? host.instanceId !== undefined && platform?.instanceId === host.instanceId
      : platform?.taskArn === host.taskArn;
  return same && (until === undefined || startedAt <= until);
}

import type { EpochMs } from '#engine/time';
import { sleep } from '#ports/clock';
import type { Discovery, GoneHost } from '#ports/discovery';
import type { Lease, Platform } from '#ports/lease';
import { isBraked } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { SWEEP_NOW } from '#scheduler/sweeper/chain';
import { type Bounds, recover } from '#scheduler/sweeper/recover';
import { vote } from '#scheduler/take-over';

/** What takes over, in the records. */
const BY = 'platform-events';

/** What the platform says of a task or an instance. */
export interface PlatformEvent {
  /** `gone`: it runs no more, which is one sign. `leaving`: it will be taken away soon; whoever works there lives. */
  readonly kind: 'gone' | 'leaving';
  readonly host: Pick<Platform, 'taskArn' | 'instanceId'>;
  /** When it was so. An instance can be started again: who began later is not meant. Absent where the host never comes back. */
  readonly until?: EpochMs;
  /** One sentence for people. */
  readonly text: string;
}

/** What the platform's API answers may be some seconds behind its events: it is asked so often, a second apart. */
const ASKED = 3;
const PAUSE_MS = 1_000;

/** What one call of it may do, and whom it can ask about the host; one for each kind of host. */
export interface Hearing extends Pick<Bounds, 'perMinute' | 'goesOn'> {
  readonly discoveries?: readonly Discovery[];
}

/**
 * The fast path of failover. That a host is gone is a vote on the lease of each worker there; the platform, asked about that host by its name, is the second
 * sign (votes.ts), by which they are condemned and their flows taken over at once. Where it cannot be asked, or says something else, a beat that is missing is: the
 * sweeper sees that. On a host that will go workers are told to drain. The sweeper is woken first: what this call does not come to, cut or out of time, is done by it.
 */
export async function hearPlatform(s: Scheduler, event: PlatformEvent, hearing: Hearing): Promise<void> {
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
  const living = meant.filter(({ condemned }) => !condemned);
  const proved = await Promise.all(living.map((lease) => vote(s, lease, BY, { kind: 'event', text: event.text })));
  const unproved = living.filter((_, i) => !proved[i]);
  const gone = unproved.length > 0 ? await askAgain(s, event, hearing) : undefined;
  // About the same lease as before: one that has beaten since is not voted for.
  if (gone) for (const lease of unproved) await vote(s, lease, BY, { kind: 'answer', text: gone.text });
  // Read again: a last beat may have changed what they hold.
  const condemned = await Promise.all(meant.map(({ incarnation }) => s.store.readLease(incarnation)));
  const { taken, backlog } = await recover(
    s,
    condemned.filter((lease) => lease?.condemned !== undefined) as readonly Lease[],
    { perMinute: hearing.perMinute, goesOn: hearing.goesOn, by: BY, from: 0 },
  );
  s.telemetry.event('recovered', { by: BY, taken, backlog });
}

/** Asks until the platform says that the host of an event is gone; undefined where it does not, or nobody can be asked. */
async function askAgain(
  s: Scheduler,
  { host, until }: PlatformEvent,
  { discoveries = [], goesOn }: Hearing,
): Promise<GoneHost | undefined> {
  const asked = [{ host, wasListed: false, stopped: until !== undefined }];
  for (let tries = 1; discoveries.length > 0 && goesOn(); tries++) {
    const answers = await Promise.all(discoveries.map((each) => each.ask(asked))).catch((error: unknown) => {
      s.telemetry.event('discoverFailed', { message: String(error) });
    });
    const gone = answers?.flat()[0];
    if (gone || tries === ASKED) return gone;
    await sleep(s.clock, PAUSE_MS);
  }
  return undefined;
}

function isMeant({ platform, startedAt }: Lease, { host, until }: PlatformEvent): boolean {
  const same =
    host.taskArn === undefined
      ? host.instanceId !== undefined && platform?.instanceId === host.instanceId
      : platform?.taskArn === host.taskArn;
  return same && (until === undefined || startedAt <= until);
}

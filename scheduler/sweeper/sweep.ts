/**
 * The sweeper: failover without any worker. Each sweep is whole by itself: it may be run twice at once, cut after any call, and never be heard of again; the
 * next one goes on from what is in the store.
 */
import type { Discovery } from '#ports/discovery';
import { type FlowbeatError, rejected } from '#ports/errors';
import type { Lease, WatchedLease } from '#ports/lease';
import { isBraked } from '#scheduler/brake';
import type { Scheduler } from '#scheduler/context';
import { claimWake, nextWake } from '#scheduler/sweeper/chain';
import { dailyCensus } from '#scheduler/sweeper/daily-census';
import { lookAtHosts } from '#scheduler/sweeper/hosts';
import { Judge, MOST_WORKERS } from '#scheduler/sweeper/judge';
import { recover } from '#scheduler/sweeper/recover';
import { condemn } from '#scheduler/take-over';

/** What takes over, in the records. */
const BY = 'sweeper';

/** What a sweeper is told. */
export interface SweeperOptions {
  readonly windowMs: number;
  /** Flows that are taken over in a minute at most. */
  readonly perMinute: number;
  /** How long a run stays in the store after its end, before the census archives it; for good where absent. */
  readonly retentionMs?: number | undefined;
  /** What can be asked which hosts should have a worker; one for each kind of host. */
  readonly discoveries?: readonly Discovery[];
}

/** One for each instance of the function. */
export class Sweeper {
  readonly #s: Scheduler;
  readonly #options: SweeperOptions;
  readonly #judge: Judge;

  constructor(s: Scheduler, options: SweeperOptions) {
    this.#s = s;
    this.#options = options;
    this.#judge = new Judge(s, options.windowMs);
  }

  /**
   * One sweep: sees to the next wake while there are workers, judges, takes over, goes on with the census. `wake`: the number of the message that it was
   * woken by; absent where the rule or somebody else asks for it. It begins nothing more once `goesOn` says no.
   */
  async sweep(wake: number | undefined, goesOn: () => boolean): Promise<void> {
    const { store, clock, commit, telemetry } = this.#s;
    const { windowMs, perMinute, discoveries = [], retentionMs } = this.#options;
    // No wake is sent: the rule looks each minute whether the brake is still on.
    if (await isBraked(this.#s, BY)) return;
    const claimed = await claimWake(this.#s, wake);
    if (wake !== undefined && claimed === undefined) return telemetry.event('wakePast', { wake });
    const askedAt = clock.elapsed();
    const leases = await store.watchedLeases();
    const answeredAt = clock.elapsed();
    if (claimed !== undefined && leases.length > 0) await commit([nextWake(claimed, windowMs)]);
    const { look, dead } = await this.#judge.look({ leases, askedAt, answeredAt });
    for (const { lease, evidence } of dead) await condemn(this.#s, lease, BY, evidence, clock.now());
    const condemned = await this.#read([
      ...leases.filter((lease) => lease.condemned),
      ...dead.map(({ lease }) => lease),
    ]);
    const bounds = { by: BY, perMinute, goesOn, from: look };
    let { taken, backlog } = await recover(this.#s, condemned, bounds);
    const others = leases.filter((lease) => !dead.some((one) => one.lease === lease));
    // A rule's sweep has a minute until the next; a wake's is short, so that the one after it finds its place free. After the take-over, which waits for no platform.
    const asks = wake === undefined && discoveries.length > 0 && goesOn();
    if (asks && (await lookAtHosts(this.#s, others, { discoveries, by: BY }))) {
      const now = await store.watchedLeases();
      const more = await recover(this.#s, await this.#read(now.filter((lease) => lease.condemned)), bounds);
      taken += more.taken;
      backlog = more.backlog;
    }
    // Once a minute.
    if (wake === undefined)
      for (const { worker, skewMs, condemned: dead } of leases)
        if (skewMs !== undefined && !dead) telemetry.event('clockSkewed', { worker, skewMs });
    telemetry.event('swept', {
      ...(wake !== undefined && { wake }),
      workers: leases.filter((lease) => !lease.condemned).length - dead.length,
      condemned: condemned.length,
      taken,
      backlog,
    });
    // It would take over what the rate has left for the next sweep.
    if (backlog === 0) await dailyCensus(this.#s, BY, goesOn, retentionMs);
    // Last, so that nothing is left undone by it: a call that fails is what rings.
    if (leases.length > MOST_WORKERS) throw tooMany(leases.length);
  }

  /** Those of the leases that are condemned, as they are now and with their flows: what was listed by the last beat before it counts. */
  async #read(leases: readonly WatchedLease[]): Promise<readonly Lease[]> {
    const now = await Promise.all(leases.map(({ incarnation }) => this.#s.store.readLease(incarnation)));
    return now.filter((lease) => lease?.condemned !== undefined) as readonly Lease[];
  }
}

const tooMany = (workers: number): FlowbeatError =>
  rejected(
    'TOO_MANY_WORKERS',
    `There are ${workers} workers, and the sweeper judges ${MOST_WORKERS} at most: of the others nobody notices that they are silent. Give them more places each, or make another installation.`,
    { workers, most: MOST_WORKERS },
  );

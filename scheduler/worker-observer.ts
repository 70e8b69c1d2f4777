import type { Lease } from '#ports/lease';
import type { Scheduler } from '#scheduler/context';
import type { WorkerView } from '#scheduler/operations';
import { Watch } from '#scheduler/watch';

/** Tells how workers are doing, by its own looks at their beats. Nobody is judged by it: that is done by those who watch to take over. */
export class WorkerObserver {
  readonly #s: Scheduler;
  readonly #watch = new Watch();

  constructor(s: Scheduler) {
    this.#s = s;
  }

  /** Takes a look. Its first one knows no worker to be silent: that needs two looks at some distance. */
  async list(): Promise<readonly WorkerView[]> {
    const { store, clock } = this.#s;
    const askedAt = clock.elapsed();
    const leases = await store.listLeases();
    const longest = leases.reduce((most, { windowMs }) => Math.max(most, windowMs), 0);
    this.#watch.look(leases, { askedAt, answeredAt: clock.elapsed() }, longest);
    return Promise.all(
      leases.map(async (lease) => ({ lease: await this.#upToDate(lease), status: this.#statusOf(lease) })),
    );
  }

  /** A lease names what its worker held at its last beat; where the store can find flows by owner it tells what that is now. */
  async #upToDate(lease: Lease): Promise<Lease> {
    const owned = await this.#s.store.ownedBy(lease.incarnation);
    return owned ? { ...lease, flows: owned.map(({ id, term }) => ({ flow: id, term })) } : lease;
  }

  #statusOf(lease: Lease): WorkerView['status'] {
    if (lease.condemned) return 'Condemned';
    // Two beats of three in a window.
    if (this.#watch.stillMs(lease.incarnation) > (lease.windowMs * 2) / 3) return 'Disconnected';
    return lease.stalled ? 'Stalled' : lease.status;
  }
}

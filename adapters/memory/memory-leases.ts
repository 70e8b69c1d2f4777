import type { EpochMs } from '#engine/time';
import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Beat, Command, Lease, LeaseStore, Vote, WatchedLease } from '#ports/lease';

/** Leases in a map. */
export class MemoryLeases implements LeaseStore {
  readonly leases = new Map<Incarnation, Lease>();

  async putLease(lease: Lease): Promise<void> {
    if (!this.leases.has(lease.incarnation)) this.leases.set(lease.incarnation, lease);
  }

  async beat(beat: Beat): Promise<readonly Command[] | undefined> {
    const lease = this.leases.get(beat.incarnation);
    if (!lease || lease.condemned || lease.beat >= beat.beat) return undefined;
    const { reason: _reason, skewMs: _skew, ...rest } = lease;
    const { now, ...changes } = beat;
    this.leases.set(beat.incarnation, { ...rest, ...changes, beatAt: now, commands: [] });
    return lease.commands;
  }

  async readLease(incarnation: Incarnation): Promise<Lease | undefined> {
    return this.leases.get(incarnation);
  }

  async listLeases(): Promise<readonly Lease[]> {
    return [...this.leases.values()];
  }

  watchedLeases(): Promise<readonly WatchedLease[]> {
    return this.listLeases();
  }

  async condemn(
    incarnation: Incarnation,
    beat: number | undefined,
    by: string,
    evidence: Evidence,
    now: EpochMs,
  ): Promise<boolean> {
    const lease = this.leases.get(incarnation);
    if (!lease) return false;
    if (lease.condemned) return true;
    if (beat !== undefined && lease.beat !== beat) return false;
    this.leases.set(incarnation, { ...lease, status: 'Condemned', condemned: { by, evidence, at: now } });
    return true;
  }

  async vote(incarnation: Incarnation, vote: Vote): Promise<readonly Vote[] | undefined> {
    const lease = this.leases.get(incarnation);
    if (!lease || lease.condemned || lease.beat !== vote.beat) return undefined;
    const others = (lease.votes ?? []).filter(({ kind }) => kind !== vote.kind);
    const votes = [...others, vote].sort(byKind);
    this.leases.set(incarnation, { ...lease, votes });
    return votes;
  }

  async command(incarnation: Incarnation, command: Command): Promise<void> {
    const lease = this.leases.get(incarnation);
    if (!lease || lease.condemned) return;
    const same = lease.commands.some(
      (c) => c.verb === command.verb && c.flow === command.flow && c.run === command.run,
    );
    if (!same) this.leases.set(incarnation, { ...lease, commands: [...lease.commands, command] });
  }

  async dropLease(incarnation: Incarnation): Promise<void> {
    this.leases.delete(incarnation);
  }
}

const byKind = (a: Vote, b: Vote): number => (a.kind < b.kind ? -1 : 1);

import { all, conditions } from '#adapters/dynamodb/conditions';
import { number, text } from '#adapters/dynamodb/items';
import { LEASES, leaseKey } from '#adapters/dynamodb/keys';
import { beatAttributes, commandsOf, commandText, leaseItem, readLeaseItem } from '#adapters/dynamodb/lease-item';
import { packed } from '#adapters/dynamodb/packed';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Beat, Command, Lease, LeaseStore } from '#ports/lease';

/** Leases: one item each, a beat is one conditional UpdateItem. Nothing is ever taken over on an eventually consistent read. */
export class Leases implements LeaseStore {
  readonly #table: TableClient;

  constructor(table: TableClient) {
    this.#table = table;
  }

  /** Put if absent: a put that is repeated after a lost answer must not turn a beat back. */
  async putLease(lease: Lease): Promise<void> {
    await this.#table.put(leaseItem(lease), conditions.absent);
  }

  async beat(beat: Beat): Promise<readonly Command[] | undefined> {
    const attributes = beatAttributes(beat);
    const sets = Object.keys(attributes).map((name) => `#${name} = :${name}`);
    const values = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value]));
    const written = await this.#table.update({
      key: leaseKey(beat.incarnation),
      change: `SET ${sets.join(', ')} REMOVE #m${attributes.r ? '' : ', #r'}`,
      if: conditions.beats,
      values,
      returns: 'ALL_OLD',
    });
    if (written.ok) return commandsOf(written.item);
    if (written.certain) return undefined;
    // Sent twice, and perhaps refused by itself: a worker that took this for a lost lease would abort its handlers for nothing. Commands
    // that went with the lost answer come again: a control message comes back until its run has ended, and a drain can be asked for again.
    const item = written.item ?? (await this.#table.get(leaseKey(beat.incarnation)));
    return item && !item.z && item.b?.N === String(beat.beat) ? [] : undefined;
  }

  async readLease(incarnation: Incarnation): Promise<Lease | undefined> {
    const item = await this.#table.get(leaseKey(incarnation));
    return item && readLeaseItem(item);
  }

  async listLeases(): Promise<readonly Lease[]> {
    const items = await this.#table.queryAll({ where: '#k = :k', values: { ':k': text(LEASES) } });
    return items.map(readLeaseItem);
  }

  async condemn(
    incarnation: Incarnation,
    beat: number | undefined,
    by: string,
    evidence: Evidence,
    now: EpochMs,
  ): Promise<boolean> {
    const key = leaseKey(incarnation);
    const values: Record<string, Item[string]> = {
      ':z': packed({ by, evidence, at: now } as unknown as Json),
      ':u': text('Condemned'),
    };
    if (beat !== undefined) values[':b'] = number(beat);
    const written = await this.#table.update({
      key,
      change: 'SET #z = :z, #u = :u',
      if: all(conditions.alive, beat !== undefined && conditions.beatSeen),
      values,
    });
    if (written.ok) return true;
    const item = written.item ?? (await this.#table.get(key));
    return item?.z !== undefined;
  }

  async command(incarnation: Incarnation, command: Command): Promise<void> {
    const one = text(commandText(command));
    await this.#table.update({
      key: leaseKey(incarnation),
      change: 'SET #m = list_append(if_not_exists(#m, :none), :list)',
      if: all(conditions.alive, conditions.newCommand),
      values: { ':none': { L: [] }, ':list': { L: [one] }, ':one': one },
    });
  }

  dropLease(incarnation: Incarnation): Promise<void> {
    return this.#table.drop(leaseKey(incarnation));
  }
}

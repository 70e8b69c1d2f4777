import { all, conditions } from '#adapters/dynamodb/conditions';
import { flowsInList, HeldLists, isOutside, slotOf } from '#adapters/dynamodb/held-lists';
import { number, text } from '#adapters/dynamodb/items';
import { LEASE_LISTS, LEASES, leaseKey, leaseListKey } from '#adapters/dynamodb/keys';
import {
  beatAttributes,
  commandsOf,
  commandText,
  flowsOf,
  leaseItem,
  readLeaseItem,
  VOTES,
  votesOf,
} from '#adapters/dynamodb/lease-item';
import { packed } from '#adapters/dynamodb/packed';
import type { Item, TableClient } from '#adapters/dynamodb/table-client';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { Evidence } from '#ports/flow-record';
import type { Incarnation } from '#ports/ids';
import type { Beat, Command, Lease, LeaseStore, Vote, WatchedLease } from '#ports/lease';

/** Leases: one item each, and another for a long list of flows; a beat is one conditional UpdateItem. Nothing is ever taken over on an eventually consistent read. */
export class Leases implements LeaseStore {
  readonly #table: TableClient;
  readonly #lists: HeldLists;

  constructor(table: TableClient) {
    this.#table = table;
    this.#lists = new HeldLists(table);
  }

  /** Put if absent: a put that is repeated after a lost answer must not turn a beat back. */
  async putLease(lease: Lease): Promise<void> {
    await this.#table.put(leaseItem(lease), conditions.absent);
  }

  async beat(beat: Beat): Promise<readonly Command[] | undefined> {
    const said = await this.#lists.say(beat);
    const attributes = { ...beatAttributes(beat), ...said.set };
    const absent = [...(beat.reason === undefined ? ['r'] : []), ...(beat.skewMs === undefined ? ['x'] : [])];
    const removed = ['m', ...absent, ...said.remove];
    const sets = Object.keys(attributes).map((name) => `#${name} = :${name}`);
    const values = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value]));
    const written = await this.#table.update({
      key: leaseKey(beat.incarnation),
      change: `SET ${sets.join(', ')} REMOVE ${removed.map((name) => `#${name}`).join(', ')}`,
      if: conditions.beats,
      values,
      returns: 'ALL_OLD',
    });
    said.answered(written.ok);
    if (written.ok) return commandsOf(written.item);
    if (written.certain) return undefined;
    // Sent twice, and perhaps refused by itself: a worker that took this for a lost lease would abort its handlers for nothing. Commands
    // that went with the lost answer come again: a control message comes back until its run has ended, and a drain can be asked for again.
    const item = written.item ?? (await this.#table.get(leaseKey(beat.incarnation)));
    return item && !item.z && item.b?.N === String(beat.beat) ? [] : undefined;
  }

  async readLease(incarnation: Incarnation): Promise<Lease | undefined> {
    for (;;) {
      const item = await this.#table.get(leaseKey(incarnation));
      if (!item || !isOutside(item)) return item && readLeaseItem(item);
      const list = await this.#table.get(leaseListKey(incarnation, slotOf(item) ?? 0));
      const flows = flowsInList(list, Number(item.b?.N));
      if (flows) return readLeaseItem(item, flows);
    }
  }

  async listLeases(): Promise<readonly Lease[]> {
    const items = await this.#all(LEASES);
    // After them: a list that a lease points to is there by then.
    const lists = items.some(isOutside) ? await this.#all(LEASE_LISTS) : [];
    const byName = new Map(lists.map((list) => [list.s?.S, list]));
    const leases: Lease[] = [];
    for (const item of items) {
      const incarnation = item.s?.S as Incarnation;
      const list = isOutside(item) ? byName.get(leaseListKey(incarnation, slotOf(item) ?? 0).s) : undefined;
      const flows = isOutside(item) ? flowsInList(list, Number(item.b?.N)) : flowsOf(item);
      const lease = flows ? readLeaseItem(item, flows) : await this.readLease(incarnation);
      if (lease) leases.push(lease);
    }
    return leases;
  }

  async watchedLeases(): Promise<readonly WatchedLease[]> {
    return (await this.#all(LEASES)).map((item) => readLeaseItem(item));
  }

  #all(partition: string): Promise<Item[]> {
    return this.#table.queryAll({ where: '#k = :k', values: { ':k': text(partition) } });
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

  async vote(incarnation: Incarnation, vote: Vote): Promise<readonly Vote[] | undefined> {
    const written = await this.#table.update({
      key: leaseKey(incarnation),
      change: `SET #${VOTES[vote.kind]} = :vote`,
      if: all(conditions.alive, conditions.beatSeen),
      values: { ':vote': packed(vote as unknown as Json), ':b': number(vote.beat) },
      returns: 'ALL_NEW',
    });
    return written.ok && written.item ? votesOf(written.item) : undefined;
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

  /** Its lists go first: a lease whose list is gone names nothing any more, and a list without a lease would be read for ever. */
  async dropLease(incarnation: Incarnation): Promise<void> {
    const key = leaseKey(incarnation);
    await this.#lists.drop(incarnation, await this.#table.get(key));
    await this.#table.drop(key);
  }
}

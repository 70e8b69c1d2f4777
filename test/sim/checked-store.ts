import { MemoryStore } from '#adapters/memory/memory-store';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import type { FlowId, Incarnation } from '#ports/ids';
import type { Beat } from '#ports/lease';
import type { CommitResult, StoreWrite } from '#ports/write';
import { POISON_CLAIMS } from '#scheduler/claim';
import type { World } from '#test/sim/world';

/** A claim that was on its way when its worker said that it drains is no violation: requests take so long at most. */
const UNDER_WAY_MS = 6_000;

/** An invariant of DESIGN.md §4 that did not hold. */
export class Violation extends Error {}

/** The memory store, with every invariant that one write can break looked at after each write. */
export class CheckedStore extends MemoryStore {
  readonly #world: World;
  readonly violations: string[] = [];
  readonly #commits = new Set<string>();
  readonly #puts = new Map<FlowId, number>();
  readonly #closedSince = new Map<Incarnation, number>();
  readonly #checkpointTerms = new Map<string, number>();
  readonly beatAt = new Map<Incarnation, number>();
  /** When each control row was put, and each flow claimed last. */
  readonly controlAt = new Map<FlowId, number>();
  readonly claimedAt = new Map<FlowId, number>();

  readonly #windowMs: number;

  readonly #findsByOwner: boolean;

  /** `findsByOwner`: false as on DynamoDB, where only leases and witnesses tell what a dead worker owned. */
  constructor(world: World, windowMs: number, findsByOwner: boolean) {
    super();
    this.#world = world;
    this.#windowMs = windowMs;
    this.#findsByOwner = findsByOwner;
  }

  violate(text: string): void {
    this.violations.push(`at ${this.#world.now} ms: ${text}`);
  }

  override async putLease(lease: Parameters<MemoryStore['putLease']>[0]): Promise<void> {
    if (!this.beatAt.has(lease.incarnation)) this.beatAt.set(lease.incarnation, this.#world.now);
    if (lease.status !== 'Connected') this.#closedSince.set(lease.incarnation, this.#world.now);
    await super.putLease(lease);
  }

  override async beat(beat: Beat) {
    const commands = await super.beat(beat);
    if (commands) this.beatAt.set(beat.incarnation, this.#world.now);
    if (commands && beat.status !== 'Connected' && !this.#closedSince.has(beat.incarnation)) {
      this.#closedSince.set(beat.incarnation, this.#world.now);
    }
    return commands;
  }

  /** A worker is condemned for silence only where its beat has not moved for about a window. */
  override async condemn(...args: Parameters<MemoryStore['condemn']>): Promise<boolean> {
    const [incarnation, , , evidence] = args;
    const before = this.leases.get(incarnation);
    const condemned = await super.condemn(...args);
    const silentMs = this.#world.now - (this.beatAt.get(incarnation) ?? 0);
    if (condemned && before && !before.condemned && evidence.kind === 'silence' && silentMs < this.#windowMs / 2) {
      this.violate(`condemned for silence: ${incarnation}, whose beat moved ${silentMs} ms ago`);
    }
    return condemned;
  }

  override async ownedBy(incarnation: Incarnation) {
    return this.#findsByOwner ? super.ownedBy(incarnation) : undefined;
  }

  /** A checkpoint of a former owner never replaces that of a later one. */
  override async saveCheckpoint(...args: Parameters<MemoryStore['saveCheckpoint']>): Promise<boolean> {
    const [{ flow, step }, term] = args;
    const key = `${flow}#${step}`;
    const saved = await super.saveCheckpoint(...args);
    const newest = this.#checkpointTerms.get(key) ?? 0;
    if (saved && term < newest)
      this.violate(`L6: a checkpoint of ${flow} of term ${newest} was replaced by one of ${term}`);
    if (saved) this.#checkpointTerms.set(key, Math.max(newest, term));
    return saved;
  }

  override applyNow(write: StoreWrite): Omit<CommitResult, 'refused'> {
    const id = idOf(write);
    if (write.kind === 'putControl' && !this.controlAt.has(write.row.root))
      this.controlAt.set(write.row.root, this.#world.now);
    const before = id === undefined ? undefined : this.flows.get(id);
    const result = super.applyNow(write);
    if (id !== undefined && result.ok) this.#check(write, before, this.flows.get(id)!);
    return result;
  }

  #check(write: StoreWrite, before: FlowRecord | undefined, after: FlowRecord): void {
    if (write.kind === 'putFlow' && !before) {
      // L9: the name is the slot: a flow is put once.
      this.#puts.set(after.id, (this.#puts.get(after.id) ?? 0) + 1);
      if (this.#puts.get(after.id)! > 1) this.violate(`L9: ${after.id} was put twice`);
      return;
    }
    if (!before) return;
    if (after.term < before.term) this.violate(`L2: the term of ${after.id} fell from ${before.term} to ${after.term}`);
    if (isTerminal(before.status) && (after.status !== before.status || after.seq !== before.seq)) {
      this.violate(`L3: ${after.id} was ${before.status} and became ${after.status} by ${write.kind}`);
    }
    switch (write.kind) {
      case 'commit': {
        const key = `${after.id}#${after.seq}`;
        if (this.#commits.has(key)) this.violate(`L1: commit ${after.seq} of ${after.id} was accepted twice`);
        this.#commits.add(key);
        if (after.seq !== before.seq + 1)
          this.violate(`L1: ${after.id} went from commit ${before.seq} to ${after.seq}`);
        if (before.status !== 'Owned') this.violate(`E: a commit moved ${after.id} while it was ${before.status}`);
        if (after.status !== 'Owned' && after.term <= before.term)
          this.violate(`L2: a release of ${after.id} left term ${after.term}`);
        break;
      }
      case 'claim': {
        if (after.term <= before.term) this.violate(`L2: a claim of ${after.id} left term ${after.term}`);
        if (before.status === 'Owned') this.violate(`an owned flow was claimed: ${after.id} from ${before.owner}`);
        if (before.status === 'Waiting' && !dueBy(before, write.now))
          this.violate(`G: ${after.id} was claimed before it was due`);
        if (after.claims > POISON_CLAIMS)
          this.violate(`poison: ${after.id} was claimed ${after.claims} times without a commit`);
        this.claimedAt.set(after.id, this.#world.now);
        const closed = this.#closedSince.get(write.owner);
        if (closed !== undefined && this.#world.now > closed + UNDER_WAY_MS)
          this.violate(`L8: ${write.owner} claimed ${after.id}`);
        break;
      }
      case 'wake':
        if (before.status !== 'Waiting' && before.status !== 'Parked')
          this.violate(`a wake moved ${after.id} while it was ${before.status}`);
        if (after.term <= before.term) this.violate(`L2: a wake of ${after.id} left term ${after.term}`);
        break;
      case 'takeOver':
        if (before.status !== 'Owned') this.violate(`L7: ${after.id} was taken over while it was ${before.status}`);
        if (after.term <= before.term) this.violate(`L2: a take-over of ${after.id} left term ${after.term}`);
        if (after.seq !== before.seq || after.position !== before.position)
          this.violate(`F: a take-over changed ${after.id}`);
        if (write.record.evidence.kind !== 'forced') this.#deadOwner(before);
        break;
      default:
    }
  }

  /** Condemn, then take over: an owner whose lease stands, uncondemned, still acts for the flow. */
  #deadOwner(flow: FlowRecord): void {
    const lease = flow.owner === undefined ? undefined : this.leases.get(flow.owner);
    if (lease && !lease.condemned) {
      this.violate(`condemn first: ${flow.id} was taken from ${flow.owner}, whose lease stands`);
    }
  }
}

const idOf = (write: StoreWrite): FlowId | undefined => {
  switch (write.kind) {
    case 'putFlow':
    case 'commit':
      return write.flow.id;
    case 'claim':
    case 'wake':
    case 'takeOver':
    case 'park':
    case 'markRedriven':
      return write.flow;
    default:
      return undefined;
  }
};

const dueBy = (flow: FlowRecord, now: number) =>
  flow.waits !== undefined && 'due' in flow.waits && (flow.waits.due ?? Infinity) <= now;

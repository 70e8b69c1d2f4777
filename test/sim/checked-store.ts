import { MemoryStore } from '#adapters/memory/memory-store';
import type { CompiledChart } from '#engine/chart/compiled';
import type { FlowOutcome } from '#engine/flow';
import { type EpochMs, epoch } from '#engine/time';
import { type Evidence, type FlowRecord, isTerminal } from '#ports/flow-record';
import { type FlowId, type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Beat, Lease } from '#ports/lease';
import type { CommitResult, ControlRow, JoinRow, StoreWrite } from '#ports/write';
import { standsAtSplit } from '#scheduler/after-commit';
import { callbackKey } from '#scheduler/token';
import { slotName } from '#scheduler/triggers';
import { standing } from '#scheduler/votes';
import { checkControl, checkFlowWrite } from '#test/sim/flow-checks';
import type { Count } from '#test/sim/sim-process';
import { type Transition, transitionsOf } from '#test/sim/transitions';
import type { World } from '#test/sim/world';

/** What the store is looked at with. */
interface Surroundings {
  readonly world: World;
  readonly windowMs: number;
  readonly charts: ReadonlyMap<string, CompiledChart>;
  /** How often each transition was written. */
  readonly transitions: Count;
}

/** The memory store, with every invariant that one write can break looked at after each write. */
export class CheckedStore extends MemoryStore {
  readonly violations: string[] = [];
  /** When a flow was written last. */
  movedAt = 0;
  /** When each worker incarnation beat last, and since when it may not claim. */
  readonly beatAt = new Map<Incarnation, number>();
  readonly closedSince = new Map<Incarnation, number>();
  readonly condemned = new Set<Incarnation>();
  /** When each control row was put, each flow was claimed last, and ended. */
  readonly controlAt = new Map<FlowId, number>();
  readonly claimedAt = new Map<FlowId, number>();
  readonly endedAt = new Map<FlowId, number>();
  /** When each flow was let go on by a person, after it had been parked. */
  readonly unparkedAt = new Map<FlowId, number>();
  /** The control row of each root, and the answer to each token, that were put first: they count. */
  readonly firstControls = new Map<FlowId, ControlRow>();
  readonly firstAnswers = new Map<string, FlowOutcome>();
  /** Each flow as it was put, and the commits at which it came to stand at a split. */
  readonly starts = new Map<FlowId, FlowRecord>();
  readonly splits = new Map<FlowId, number[]>();
  /** What there was for a flow that waited for a callback when it was claimed. */
  readonly foundAtClaim = new Map<FlowId, { readonly answered: boolean; readonly beat: EpochMs | undefined }>();
  /** Join rows that were put when their parent stood at another place: garbage that wakes nobody (rule I). */
  /** The most redrives that were noted on each run's first root. */
  readonly redrives = new Map<FlowId, number>();
  readonly staleRows = new Set<string>();

  /** False as on DynamoDB, where only leases and witnesses tell what a dead worker owned. */
  readonly #findsByOwner: boolean;
  readonly #surroundings: Surroundings;
  readonly #commits = new Set<string>();
  /** The slot of each trigger that was noted last. */
  readonly #slots = new Map<string, number>();
  /** The latest sign of life under each token. */
  readonly #latestBeats = new Map<string, EpochMs>();
  readonly #checkpointTerms = new Map<string, number>();

  constructor(surroundings: Surroundings, findsByOwner: boolean) {
    super();
    this.#surroundings = surroundings;
    this.#findsByOwner = findsByOwner;
  }

  /** Virtual time. */
  get now(): number {
    return this.#surroundings.world.now;
  }

  /** The charts of the flows. */
  get compiled(): ReadonlyMap<string, CompiledChart> {
    return this.#surroundings.charts;
  }

  violate(text: string): void {
    this.violations.push(`at ${this.now} ms: ${text}`);
  }

  override async putLease(lease: Parameters<MemoryStore['putLease']>[0]): Promise<void> {
    if (!this.beatAt.has(lease.incarnation)) this.beatAt.set(lease.incarnation, this.now);
    if (lease.status !== 'Connected') this.closedSince.set(lease.incarnation, this.now);
    await super.putLease(lease);
  }

  override async beat(beat: Beat) {
    const commands = await super.beat(beat);
    if (commands) this.beatAt.set(beat.incarnation, this.now);
    if (commands && beat.status !== 'Connected' && !this.closedSince.has(beat.incarnation))
      this.closedSince.set(beat.incarnation, this.now);
    return commands;
  }

  /**
   * A worker is condemned for silence only where its beat has not moved for about a window; before, by two signs: votes since its last beat, and a beat that was
   * due.
   */
  override async condemn(...args: Parameters<MemoryStore['condemn']>): Promise<boolean> {
    const [incarnation, , , evidence] = args;
    const before = this.leases.get(incarnation);
    const condemned = await super.condemn(...args);
    if (condemned) this.condemned.add(incarnation);
    if (condemned && before && !before.condemned && evidence.kind === 'platform') this.#checkVotes(before, evidence);
    const silentMs = this.now - (this.beatAt.get(incarnation) ?? 0);
    if (
      condemned &&
      before &&
      !before.condemned &&
      evidence.kind === 'silence' &&
      silentMs < this.#surroundings.windowMs / 2
    )
      this.violate(`condemned for silence: ${incarnation}, whose beat moved ${silentMs} ms ago`);
    return condemned;
  }

  #checkVotes(lease: Lease, { votes = [] }: Evidence): void {
    const silentMs = this.now - (this.beatAt.get(lease.incarnation) ?? 0);
    const there = new Set<string>(standing(lease).map(({ kind }) => kind));
    if (silentMs >= this.#surroundings.windowMs / 4) there.add('missedBeat');
    if (new Set(votes).size < 2 || votes.some((kind) => !there.has(kind)))
      this.violate(`condemned by the signs ${votes.join()}: of ${lease.incarnation} are there ${[...there].join()}`);
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

  override async leaveJoin(...args: Parameters<MemoryStore['leaveJoin']>) {
    const [, , node, { remove }] = args;
    if (remove !== undefined && !node.startsWith('0.')) this.#count('secondLevelLeft');
    return super.leaveJoin(...args);
  }

  /** L9: a slot is noted only once its run is there, and what was noted stays. */
  override async writeSetting(...args: Parameters<MemoryStore['writeSetting']>): Promise<boolean> {
    const [key, slot] = args;
    const written = await super.writeSetting(...args);
    if (!written || !key.startsWith('trigger.') || typeof slot !== 'number') return written;
    const newest = this.#slots.get(key);
    if (newest !== undefined) {
      const run = runId(key.split('.')[1]!, slotName(epoch(slot)));
      if (!this.flows.has(rootFlow(run))) this.violate(`L9: ${run} was noted before it was started`);
      if (slot <= newest) this.violate(`L9: the last slot of ${key} fell from ${newest} to ${slot}`);
      this.#count('slotNoted');
    }
    this.#slots.set(key, slot);
    return written;
  }

  #count(transition: Transition): void {
    const { transitions } = this.#surroundings;
    transitions[transition] = (transitions[transition] ?? 0) + 1;
  }

  override async beatCallback(...args: Parameters<MemoryStore['beatCallback']>): Promise<void> {
    const [flow, name, now] = args;
    const key = `${flow}#${name}`;
    this.#latestBeats.set(key, epoch(Math.max(now, this.#latestBeats.get(key) ?? now)));
    await super.beatCallback(...args);
  }

  override applyNow(write: StoreWrite): Omit<CommitResult, 'refused'> {
    this.#note(write);
    const id = idOf(write);
    const before = id === undefined ? undefined : this.flows.get(id);
    const result = super.applyNow(write);
    if (id === undefined || !result.ok) return result;
    const after = this.flows.get(id);
    if (!after) return result;
    for (const transition of transitionsOf(write, before, after)) this.#count(transition);
    if (after === before) return result;
    this.movedAt = this.now;
    this.#checkFlow(write, before, after);
    return result;
  }

  /** What is put if absent: the first one is kept in mind, whatever a store makes of a second. */
  #note(write: StoreWrite): void {
    if (write.kind === 'putControl' && !this.firstControls.has(write.row.root)) {
      checkControl(this, write);
      this.firstControls.set(write.row.root, write.row);
      this.controlAt.set(write.row.root, this.now);
    } else if (write.kind === 'putCallback') {
      const key = `${write.row.flow}#${write.row.key}`;
      const first = this.firstAnswers.get(key);
      if (!first) this.firstAnswers.set(key, write.row.outcome);
      else if (first.status !== write.row.outcome.status) this.#count('contradicted');
    } else if (write.kind === 'putJoin') this.#noteRow(write.row);
  }

  #noteRow({ flow, seq, node }: JoinRow): void {
    const parent = this.flows.get(flow);
    if (!parent || !standsAtSplit(parent, seq)) this.staleRows.add(`${flow}#${seq}#${node}`);
  }

  #checkFlow(write: StoreWrite, before: FlowRecord | undefined, after: FlowRecord): void {
    if (write.kind === 'putFlow' && !before) {
      if (this.starts.has(after.id)) this.violate(`L9: ${after.id} was put twice`);
      this.starts.set(after.id, after);
      if (after.status === 'Owned') this.claimedAt.set(after.id, this.now);
    }
    if (write.kind === 'commit') {
      const key = `${after.id}#${after.seq}`;
      if (this.#commits.has(key)) this.violate(`L1: commit ${after.seq} of ${after.id} was accepted twice`);
      this.#commits.add(key);
      if (after.split !== undefined && after.split !== before?.split) this.#noteSplit(after.id, after.split);
    }
    if (isTerminal(after.status) && !this.endedAt.has(after.id)) this.endedAt.set(after.id, this.now);
    checkFlowWrite(this, write, before, after);
    if (write.kind === 'claim' && before) this.#noteClaim(before);
    if (write.kind === 'markRedriven')
      this.redrives.set(after.id, Math.max(after.redrives, this.redrives.get(after.id) ?? 0));
    if (write.kind === 'wake' && before?.status === 'Parked') this.unparkedAt.set(after.id, this.now);
  }

  #noteSplit(flow: FlowId, seq: number): void {
    const seqs = this.splits.get(flow) ?? [];
    seqs.push(seq);
    this.splits.set(flow, seqs);
  }

  #noteClaim({ id, position }: FlowRecord): void {
    this.claimedAt.set(id, this.now);
    if (position.phase !== 'callback') return;
    const key = `${id}#${callbackKey(position.step, position.attempt)}`;
    this.foundAtClaim.set(id, { answered: this.callbacks.has(key), beat: this.#latestBeats.get(key) });
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

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type CommitPlan, knownAtPut, planCommit, writeId } from '#adapters/dynamodb/commit-plan';
import { all, conditions } from '#adapters/dynamodb/conditions';
import type { FlowReads } from '#adapters/dynamodb/flow-reads';
import {
  fixedAttributes,
  number,
  OPTIONAL,
  statusCode,
  text,
  WAITS_FOR_CHILDREN,
  waitsForCallback,
} from '#adapters/dynamodb/items';
import { flowKey, runPartition } from '#adapters/dynamodb/keys';
import { type KnownFlows, knownOf } from '#adapters/dynamodb/known-flows';
import type { RunList } from '#adapters/dynamodb/run-list';
import type { SideValues } from '#adapters/dynamodb/side-values';
import type { Item, TableClient, Update, Written } from '#adapters/dynamodb/table-client';
import type { FlowId } from '#ports/ids';
import type { Claim, CommitFlow, CommitResult, MarkRedriven, Park, PutFlow, TakeOverFlow, Wake } from '#ports/write';

type Result = Omit<CommitResult, 'refused'>;
type Values = Record<string, AttributeValue>;

const OK: Result = { ok: true };
const ONE = number(1);
/** A release, a wake, a take-over: what an owner or a wait has left. */
const CLEARED = '#o, #w, #d, #e';

/** Writes to flows' items: the put, the one fenced commit, and the transitions that touch status, owner and term alone (rule F). */
export class FlowWrites {
  readonly #table: TableClient;
  readonly #values: SideValues;
  readonly #known: KnownFlows;
  readonly #reads: FlowReads;
  readonly #runs: RunList;

  constructor(table: TableClient, values: SideValues, known: KnownFlows, reads: FlowReads, runs: RunList) {
    this.#table = table;
    this.#values = values;
    this.#known = known;
    this.#reads = reads;
    this.#runs = runs;
  }

  /** Puts a flow where there is none. The first root flow of a run enters the list of runs by this write and never leaves its place there. */
  async put({ flow, facts }: PutFlow): Promise<Result> {
    const listed = (flow.id as string) === flow.run;
    if (listed) await this.#runs.prepare(flow.startedAt);
    const fixed = fixedAttributes(flow, flowKey(flow.id), listed ? runPartition(flow.run, flow.startedAt) : undefined);
    const plan = planCommit(flow, facts, knownAtPut(flow, fixed));
    await this.#writeAside(flow.id, plan);
    const written = await this.#table.put({ ...fixed, ...plan.moving }, conditions.absent);
    if (written.ok) {
      this.#known.committed(flow.id, plan.next);
      return OK;
    }
    const item = written.item ?? (await this.#table.get(flowKey(flow.id)));
    // A put that was sent twice finds itself.
    if (!written.certain && item?.Y?.S === plan.moving.Y?.S) return OK;
    const existed = item && (await this.#reads.decode([item]))[0];
    return existed ? { ok: true, existed: [existed] } : OK;
  }

  /** The hot path: one UpdateItem; side values and a history chunk before it, where there are any. */
  async commit(write: CommitFlow): Promise<Result> {
    const { flow, if: fence } = write;
    for (;;) {
      const known =
        (fence.seq === undefined ? undefined : this.#known.at(flow.id, fence.seq)) ?? (await this.#look(flow.id));
      if (!known || (fence.seq !== undefined && known.seq !== fence.seq)) return this.#refusal(flow.id);
      const plan = planCommit(flow, write.facts, known);
      await this.#writeAside(flow.id, plan);
      const values: Values = { ':q': number(known.seq) };
      if (fence.term !== undefined) values[':t'] = number(fence.term);
      if (fence.owner !== undefined) values[':owner'] = text(fence.owner);
      const condition = all(
        conditions.exists,
        conditions.seq,
        fence.term !== undefined && conditions.term,
        fence.owner !== undefined && conditions.owner,
      );
      const update = { key: flowKey(flow.id), change: replacement(plan.moving, values), if: condition, values };
      const written = await this.#send(flow.id, update, plan.moving.Y?.S);
      if (written.ok) {
        this.#known.committed(flow.id, plan.next);
        return OK;
      }
      this.#known.forget(flow.id);
      // Without a seq in the fence the caller does not care who committed since: the plan is made again on what is there now.
      if (fence.seq !== undefined) return this.#refused(written);
    }
  }

  async claim(write: Claim): Promise<Result> {
    const { term, claimable } = write.if;
    const id = writeId();
    const values: Values = {
      ':one': ONE,
      ':zero': number(0),
      ':o': text(write.owner),
      ':m': number(write.now),
      ':u': statusCode('Owned'),
      ':Y': text(id),
    };
    if (term !== undefined) values[':t'] = number(term);
    if (claimable) {
      values[':queued'] = statusCode('Queued');
      values[':waiting'] = statusCode('Waiting');
      values[':dueBy'] = number(claimable.dueBy);
    }
    const change =
      'SET #u = :u, #o = :o, #t = #t + :one, #c = if_not_exists(#c, :zero) + :one, #m = :m, #Y = :Y REMOVE #w, #d, #e';
    const condition = all(conditions.exists, term !== undefined && conditions.term, claimable && conditions.claimable);
    return this.#move(write.flow, change, condition, values, id);
  }

  async wake(write: Wake): Promise<Result> {
    const { term, status, split, callback } = write.if;
    const id = writeId();
    const values: Values = { ':u': statusCode('Queued'), ':one': ONE, ':Y': text(id) };
    if (term !== undefined) values[':t'] = number(term);
    if (status !== undefined) values[':status'] = statusCode(status);
    if (split !== undefined) {
      values[':children'] = WAITS_FOR_CHILDREN;
      values[':split'] = number(split);
    }
    if (callback !== undefined) values[':callback'] = waitsForCallback(callback);
    if (write.claims) values[':c'] = number(write.claims);
    const change = `SET #u = :u, #t = #t + :one, #Y = :Y${write.claims ? ', #c = :c' : ''} REMOVE ${CLEARED}${write.claims === 0 ? ', #c' : ''}`;
    const condition = all(
      conditions.exists,
      term !== undefined && conditions.term,
      status !== undefined && conditions.status,
      split !== undefined && conditions.split,
      callback !== undefined && conditions.callback,
    );
    return this.#move(write.flow, change, condition, values, id);
  }

  async takeOver(write: TakeOverFlow): Promise<Result> {
    const { owner, term, status } = write.if;
    const id = writeId();
    const values: Values = {
      ':u': statusCode(write.record.status),
      ':one': ONE,
      ':x': text(JSON.stringify(write.record)),
      ':Y': text(id),
    };
    if (owner !== undefined) values[':owner'] = text(owner);
    if (term !== undefined) values[':t'] = number(term);
    if (status !== undefined) values[':status'] = statusCode(status);
    const condition = all(
      conditions.exists,
      owner !== undefined && conditions.owner,
      term !== undefined && conditions.term,
      status !== undefined && conditions.status,
    );
    return this.#move(
      write.flow,
      `SET #u = :u, #t = #t + :one, #x = :x, #Y = :Y REMOVE ${CLEARED}`,
      condition,
      values,
      id,
    );
  }

  async park(write: Park): Promise<Result> {
    const { term, status } = write.if;
    const id = writeId();
    const values: Values = { ':u': statusCode('Parked'), ':one': ONE, ':Y': text(id) };
    if (term !== undefined) values[':t'] = number(term);
    if (status !== undefined) values[':status'] = statusCode(status);
    const condition = all(
      conditions.exists,
      term !== undefined && conditions.term,
      status !== undefined && conditions.status,
    );
    return this.#move(write.flow, `SET #u = :u, #t = #t + :one, #Y = :Y REMOVE ${CLEARED}`, condition, values, id);
  }

  async markRedriven({ flow, redrives }: MarkRedriven): Promise<Result> {
    await this.#table.update({
      key: flowKey(flow),
      change: 'SET #R = :redrives',
      if: all(conditions.exists, conditions.fewerRedrives),
      values: { ':redrives': number(redrives) },
    });
    return OK;
  }

  /** What must be there before the fenced write points to it, and harms nobody where that is refused. */
  async #writeAside(flow: FlowId, { values, chunk }: CommitPlan): Promise<void> {
    if (values.size > 0) await this.#values.write(flow, values);
    if (chunk) await this.#table.put(chunk.item);
  }

  async #look(flow: FlowId) {
    const item = await this.#table.get(flowKey(flow));
    return item && knownOf(item);
  }

  async #move(flow: FlowId, change: string, condition: string, values: Values, id: string): Promise<Result> {
    const update: Update = { key: flowKey(flow), change, if: condition, values, returns: 'ALL_NEW' };
    const written = await this.#send(flow, update, id);
    if (!written.ok) return this.#refused(written);
    // The item is of use to the commit that follows a claim, and costs nothing to be told.
    if (written.item) this.#known.saw(written.item);
    return OK;
  }

  /** A refusal that may be the write's own doing, because the client sent it twice, is looked into: the write's id tells. */
  async #send(flow: FlowId, update: Update, id: string | undefined): Promise<Written> {
    let written: Written;
    try {
      written = await this.#table.update(update);
    } catch (error) {
      this.#known.forget(flow);
      throw error;
    }
    if (written.ok || written.certain) return written;
    const item = written.item ?? (await this.#table.get(update.key));
    return item?.Y?.S === id ? { ok: true, item } : { ...written, item };
  }

  async #refusal(flow: FlowId): Promise<Result> {
    return this.#refused({ ok: false, item: await this.#table.get(flowKey(flow)), certain: true });
  }

  /** What stood in the way, where the store told it along with the refusal; a read for it alone is the caller's to make. */
  async #refused(written: Written): Promise<Result> {
    if (!written.item) return { ok: false };
    this.#known.saw(written.item);
    const [found] = await this.#reads.decode([written.item]);
    return { ok: false, ...(found && { found }) };
  }
}

/** Sets what the record has and removes what it has not: what is stored is the record, whole. */
function replacement(moving: Item, values: Values): string {
  const sets: string[] = [];
  for (const name in moving) {
    sets.push(`#${name} = :${name === 't' || name === 'q' ? `${name}2` : name}`);
    values[`:${name === 't' || name === 'q' ? `${name}2` : name}`] = moving[name]!;
  }
  const gone = OPTIONAL.filter((name) => !moving[name]).map((name) => `#${name}`);
  return `SET ${sets.join(', ')}${gone.length > 0 ? ` REMOVE ${gone.join(', ')}` : ''}`;
}

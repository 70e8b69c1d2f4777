import type { FlowRecord } from '#ports/flow-record';
import type { Claim, CommitFlow, Park, TakeOverFlow, Wake } from '#ports/write';

/** The writes that a fence can refuse. */
export type FencedWrite = Claim | CommitFlow | Wake | TakeOverFlow | Park;

/** When a waiting flow is due by its own item; undefined where no time wakes it. */
const dueOf = (flow: FlowRecord): number | undefined =>
  flow.waits && 'due' in flow.waits ? flow.waits.due : undefined;

/** Whether `flow` stands in the way of `write`: one of the conditions present under `if` does not hold, or there is no such flow. */
export function refuses(flow: FlowRecord | undefined, write: FencedWrite): boolean {
  if (!flow) return true;
  if (write.if.term !== undefined && flow.term !== write.if.term) return true;
  switch (write.kind) {
    case 'claim': {
      const { claimable } = write.if;
      if (!claimable) return false;
      if (flow.status === 'Queued') return false;
      const due = dueOf(flow);
      return !(flow.status === 'Waiting' && due !== undefined && due <= claimable.dueBy);
    }
    case 'commit':
      return (
        (write.if.owner !== undefined && flow.owner !== write.if.owner) ||
        (write.if.seq !== undefined && flow.seq !== write.if.seq)
      );
    case 'wake': {
      if (write.if.status !== undefined && flow.status !== write.if.status) return true;
      if (write.if.split !== undefined && !(flow.waits?.for === 'children' && flow.split === write.if.split))
        return true;
      return (
        write.if.callback !== undefined && !(flow.waits?.for === 'callback' && flow.waits.key === write.if.callback)
      );
    }
    case 'takeOver':
      return (
        (write.if.owner !== undefined && flow.owner !== write.if.owner) ||
        (write.if.status !== undefined && flow.status !== write.if.status)
      );
    case 'park':
      return write.if.status !== undefined && flow.status !== write.if.status;
  }
}

/** The record without its owner and without what it waits for. */
export function unowned(flow: FlowRecord): Omit<FlowRecord, 'owner' | 'waits'> {
  const { owner: _owner, waits: _waits, ...rest } = flow;
  return rest;
}

/** What a granted write makes of the flow. */
export function granted(flow: FlowRecord, write: FencedWrite): FlowRecord {
  switch (write.kind) {
    case 'claim':
      return {
        ...unowned(flow),
        status: 'Owned',
        owner: write.owner,
        term: flow.term + 1,
        claims: flow.claims + 1,
        updated: write.now,
      };
    case 'commit':
      return { ...write.flow, redrives: flow.redrives };
    case 'wake':
      return { ...unowned(flow), status: 'Queued', term: flow.term + 1, claims: write.claims ?? flow.claims };
    case 'takeOver':
      return { ...unowned(flow), status: write.record.status, term: flow.term + 1, takenOver: write.record };
    case 'park':
      return { ...unowned(flow), status: 'Parked', term: flow.term + 1 };
  }
}

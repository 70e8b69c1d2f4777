import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { number, text } from '#adapters/dynamodb/items';
import { leaseKey } from '#adapters/dynamodb/keys';
import { packed, unpacked } from '#adapters/dynamodb/packed';
import type { Item } from '#adapters/dynamodb/table-client';
import type { Json } from '#engine/json';
import { epoch } from '#engine/time';
import type { FlowId, Incarnation, RunId } from '#ports/ids';
import type { Beat, Command, HeldFlow, Lease, LeaseStatus, Vote } from '#ports/lease';

/**
 * The lease's item: `i` what never changes, packed; `b` beat, `p` progress, `y` stalled, `u` status, `r` reason, `n` beatAt, `f` the flows
 * held, packed (where absent `o`: which of the two items of held-lists.ts has them); `x` by how much its clock is off; `z` who condemned it, packed; `m` commands, each `[verb, flow, run]` as JSON; `va` and `ve` votes
 * of the kinds `answer` and `event`, packed.
 */
export function leaseItem(lease: Lease): Item {
  const { incarnation, condemned, commands, votes, beatAt, ...rest } = lease;
  const { beat, progress, stalled, status, reason, flows, skewMs, ...fixed } = rest;
  const { k, s } = leaseKey(incarnation);
  const z = condemned && { z: packed(condemned as unknown as Json) };
  return {
    k: text(k),
    s: text(s),
    i: packed(fixed as unknown as Json),
    ...beatAttributes({
      incarnation,
      beat,
      progress,
      stalled,
      status,
      ...(reason !== undefined && { reason }),
      ...(skewMs !== undefined && { skewMs }),
      flows,
      now: beatAt,
    }),
    f: packed(heldFlows(flows)),
    ...z,
    ...Object.fromEntries((votes ?? []).map((vote) => [VOTES[vote.kind], packed(vote as unknown as Json)])),
    ...(commands.length > 0 && { m: { L: commands.map((command) => text(commandText(command))) } }),
  };
}

/** Each kind of vote has an attribute of its own: two that come at once do not overwrite each other. */
export const VOTES: Readonly<Record<Vote['kind'], string>> = { answer: 'va', event: 've' };

/** The votes in an item. */
export const votesOf = (item: Item): readonly Vote[] =>
  Object.values(VOTES).flatMap((name) => (item[name] ? [unpacked(item[name]) as unknown as Vote] : []));

/** A list of held flows as it is stored. */
export const heldFlows = (flows: readonly HeldFlow[]): Json => flows.map(({ flow, term }) => [flow, term]);

/** The held flows that an item has. */
export const flowsOf = (item: Item): HeldFlow[] =>
  ((unpacked(item.f) ?? []) as unknown as [FlowId, number][]).map(([flow, term]) => ({ flow, term }));

/** What a beat writes, but for its flows. */
export function beatAttributes(beat: Beat): Record<string, AttributeValue> {
  return {
    b: number(beat.beat),
    p: number(beat.progress),
    y: { BOOL: beat.stalled },
    u: text(beat.status),
    n: number(beat.now),
    ...(beat.reason !== undefined && { r: text(beat.reason) }),
    ...(beat.skewMs !== undefined && { x: number(beat.skewMs) }),
  };
}

/** A command as text: the same command is the same text. */
export const commandText = ({ verb, flow, run }: Command): string => JSON.stringify([verb, flow ?? null, run ?? null]);

/** The commands in an item. */
export function commandsOf(item: Item | undefined): Command[] {
  return (item?.m?.L ?? []).map((stored) => {
    const [verb, flow, run] = JSON.parse(stored.S ?? '[]') as [Command['verb'], FlowId | null, RunId | null];
    return { verb, ...(flow !== null && { flow }), ...(run !== null && { run }) };
  });
}

/** The lease that an item holds; `flows`: those that stand in an item of their own. */
export function readLeaseItem(item: Item, flows = flowsOf(item)): Lease {
  const fixed = unpacked(item.i) as unknown as Omit<Lease, 'incarnation'>;
  const condemned = unpacked(item.z) as unknown as Lease['condemned'];
  const votes = votesOf(item);
  return {
    ...fixed,
    incarnation: item.s?.S as Incarnation,
    status: item.u?.S as LeaseStatus,
    ...(item.r?.S !== undefined && { reason: item.r.S }),
    beat: Number(item.b?.N),
    progress: Number(item.p?.N),
    stalled: item.y?.BOOL ?? false,
    flows,
    ...(item.x?.N !== undefined && { skewMs: Number(item.x.N) }),
    beatAt: epoch(Number(item.n?.N)),
    ...(condemned && { condemned }),
    ...(votes.length > 0 && { votes }),
    commands: commandsOf(item),
  };
}

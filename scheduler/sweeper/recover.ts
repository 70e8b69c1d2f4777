/**
 * Takes over what condemned workers held, in batches, as long as there is time and the rate allows; what is left goes on with the next wake, from where
 * this one came to. Each incarnation is a share of the work by itself, and two sweeps at once begin at different ones.
 */
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { FlowId, Incarnation } from '#ports/ids';
import type { Lease } from '#ports/lease';
import type { Scheduler } from '#scheduler/context';
import { apart } from '#scheduler/reliably';
import { takeOrFinish } from '#scheduler/take-over';

const KEY = 'sweeper.recovery';
const BATCH = 25;
const MINUTE_MS = 60_000;
/** How often the row is tried for where others write it too. */
const TRIES = 5;

/** Bounds of one recovery. */
export interface Bounds {
  /** Told in the records. */
  readonly by: string;
  /** At most so many flows a minute, by all sweeps together: a mistake, or a whole zone's death, must not flood those who are left. */
  readonly perMinute: number;
  /** Whether there is time for another batch. */
  readonly goesOn: () => boolean;
  /** Where among the incarnations this sweep begins. */
  readonly from: number;
}

/** What a recovery did, and how many flows it left for the next. */
export interface Recovered {
  readonly taken: number;
  readonly backlog: number;
}

/** The token bucket, and how far each incarnation's list is done. */
interface Row {
  readonly tokens: number;
  readonly at: EpochMs;
  readonly done: Readonly<Record<Incarnation, number>>;
}

/** Goes on with the leases of condemned workers. A lease goes when its list is done; it stays where a flow of it could not be dealt with. */
export async function recover(s: Scheduler, condemned: readonly Lease[], bounds: Bounds): Promise<Recovered> {
  let taken = 0;
  let backlog = 0;
  const sorted = [...condemned].sort((a, b) => (a.incarnation < b.incarnation ? -1 : 1));
  for (let i = 0; i < sorted.length; i++) {
    const result = await recoverOne(s, sorted[(i + bounds.from) % sorted.length]!, bounds);
    taken += result.taken;
    backlog += result.backlog;
  }
  return { taken, backlog };
}

async function recoverOne(s: Scheduler, lease: Lease, bounds: Bounds): Promise<Recovered> {
  const { incarnation } = lease;
  if (!lease.condemned) return { taken: 0, backlog: 0 };
  const reason = { by: bounds.by, evidence: lease.condemned.evidence, fromWorker: lease.worker };
  // What is found by owner is no more found once it is taken; the list of a condemned lease never changes, so a number tells how far it is done.
  const owned = ((await s.store.ownedBy(incarnation)) ?? []).map(({ id }) => id);
  const listed = lease.flows.map(({ flow }) => flow).filter((id) => !owned.includes(id));
  const all: readonly FlowId[] = [...listed, ...owned];
  let at = Math.min(await doneOf(s, incarnation), listed.length);
  let taken = 0;
  let failedAt: number | undefined;
  while (at < all.length) {
    const most = bounds.goesOn()
      ? await reserve(s, Math.min(BATCH, all.length - at), bounds.perMinute, { incarnation, at: failedAt ?? at })
      : 0;
    if (most === 0) break;
    const flows = await s.store.readFlows(all.slice(at, at + most));
    const results = await Promise.all(
      flows.map(async (flow, i) => {
        const worked = flow
          ? await apart(s, flow.id, () => takeOrFinish(s, flow, incarnation, reason))
          : { came: false };
        return { failed: worked === undefined ? at + i : undefined, took: worked?.came === true };
      }),
    );
    for (const { failed, took } of results) {
      failedAt ??= failed;
      if (took) taken++;
    }
    at += most;
  }
  if (at >= all.length && failedAt === undefined) {
    // The note first: without its lease nobody would come by to forget it. Cut in between, the list is gone through once more.
    await forget(s, incarnation);
    await s.store.dropLease(incarnation);
    return { taken, backlog: 0 };
  }
  return { taken, backlog: all.length - (failedAt ?? at) };
}

const EMPTY = { done: {} } as const;

async function doneOf(s: Scheduler, incarnation: Incarnation): Promise<number> {
  const row = ((await s.store.readSetting(KEY)) ?? EMPTY) as unknown as Row;
  return row.done[incarnation] ?? 0;
}

/** Takes tokens for up to `want` flows, and notes how far the list is done; returns for how many. What a sweep that is cut had taken fills up again. */
async function reserve(
  s: Scheduler,
  want: number,
  perMinute: number,
  so: { readonly incarnation: Incarnation; readonly at: number },
): Promise<number> {
  const now = s.clock.now();
  let got = 0;
  await change(s, (row) => {
    // Clocks that differ fill it by a minute's worth at most, and by nothing where they go back.
    const filled = row
      ? row.tokens + (perMinute * Math.min(MINUTE_MS, Math.max(0, now - row.at))) / MINUTE_MS
      : perMinute;
    const tokens = Math.min(perMinute, filled);
    got = Math.min(want, Math.floor(tokens));
    return { tokens: tokens - got, at: now, done: { ...row?.done, [so.incarnation]: so.at } };
  }).then((written) => {
    if (!written) got = 0;
  });
  return got;
}

async function forget(s: Scheduler, incarnation: Incarnation): Promise<void> {
  await change(s, (row) => {
    if (row?.done[incarnation] === undefined) return undefined;
    const { [incarnation]: _done, ...done } = row.done;
    return { ...row, done };
  });
}

/** Changes the row where it is as it was read; false where others were always faster, or there is nothing to change. */
async function change(s: Scheduler, to: (row: Row | undefined) => Row | undefined): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const stored = await s.store.readSetting(KEY);
    const row = to(stored as unknown as Row | undefined);
    if (row === undefined) return false;
    if (await s.store.writeSetting(KEY, row as unknown as Json, stored)) return true;
  }
  return false;
}

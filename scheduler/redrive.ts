import { redrivePosition } from '#engine/decide';
import type { EpochMs } from '#engine/time';
import { rejected } from '#ports/errors';
import { type FlowRecord, formatNewer, isReadable, isTerminal } from '#ports/flow-record';
import { rootFlow } from '#ports/ids';
import type { Write } from '#ports/write';
import type { Scheduler } from '#scheduler/context';
import { laterOf, needsOf, queueOf } from '#scheduler/decide-options';
import { flowsOf } from '#scheduler/flows-of';
import { ownFact } from '#scheduler/held';
import { deadlineWrite, flowMessage, send } from '#scheduler/messages';
import { newestRoot } from '#scheduler/views';
import { wake } from '#scheduler/wake';

/**
 * Lets a run that ended without success go on from the state that failed: message, a new root flow, then the note of it on the first one (which
 * the new root's claimer repeats). Ended flows never change (L3): the new try is a flow of its own. In a run that has not ended, flows that were
 * parked are woken instead, with their claims counted anew. A run that may be archived is kept out of the archive before all else, so that its rows do not go while
 * the new root is on its way. `by`: who asked for it, where that is known.
 */
export async function redrive(s: Scheduler, first: FlowRecord, by?: string): Promise<FlowRecord> {
  if (first.archived) throw refused(first, ARCHIVED);
  const newest = await newestRoot(s, first);
  if (!isTerminal(newest.status)) {
    if (!(await unpark(s, first))) {
      throw refused(first, 'it has not ended, and none of its flows is parked. Wait for it, or cancel it first.');
    }
    return first;
  }
  if (!isReadable(newest)) throw formatNewer('rejected', newest);
  if (newest.status === 'Succeeded') throw refused(first, 'it succeeded. Start a new run instead.');
  const redrives = first.redrives + 1;
  const next = await rootAfter(s, newest, redrives);
  if (s.runRows && !(await s.runRows.reserve(first.id, redrives))) throw refused(first, ARCHIVED);
  const asked = { redrive: redrives, from: newest.id, ...(by !== undefined && { by }) };
  await s.commit([
    send(flowMessage(next, 1)),
    ...deadlineOf(s, next),
    { kind: 'putFlow', flow: next, facts: [ownFact('redriven', next.updated, asked)] },
    { kind: 'markRedriven', flow: first.id, redrives },
  ]);
  s.telemetry.event('redriven', { run: first.run, redrives });
  return { ...first, redrives };
}

const ARCHIVED =
  'it ended so long ago that it was moved to the archive, which can be read and not go on. Start a new run with its input.';

async function rootAfter(s: Scheduler, ended: FlowRecord, redrives: number): Promise<FlowRecord> {
  const chart = await s.charts.get(ended.chart, ended.version);
  const now = laterOf(s, ended);
  const position = redrivePosition(ended.position, now);
  const { format, run, version, startedAt } = ended;
  return {
    format,
    id: rootFlow(run, redrives),
    run,
    chart: ended.chart,
    version,
    queue: queueOf(chart, position),
    needs: needsOf(chart, position),
    startedAt,
    // The time of a run counts anew from its redrive: else one that timed out could never succeed.
    ...(chart.timeoutMs !== null && { deadline: (now + chart.timeoutMs) as EpochMs }),
    nonce: s.ids.random(),
    status: 'Queued',
    term: 1,
    seq: 0,
    claims: 0,
    position,
    redrives: 0,
    updated: now,
  };
}

const deadlineOf = (s: Scheduler, { id, deadline, updated }: FlowRecord): Write[] =>
  deadline === undefined ? [] : [deadlineWrite(s, id, deadline, updated)];

async function unpark(s: Scheduler, first: FlowRecord): Promise<boolean> {
  let woken = false;
  for await (const flow of flowsOf(s, first.run)) {
    if (flow.status === 'Parked') woken = (await wake(s, flow, { status: 'Parked' }, 0)) || woken;
  }
  return woken;
}

const refused = ({ run }: FlowRecord, why: string) =>
  rejected('RUN_NOT_REDRIVABLE', `${run} cannot be redriven: ${why}`, { run });

import type { Fact } from '#engine/flow';
import { type FlowRecord, isTerminal } from '#ports/flow-record';
import type { StoreWrite } from '#ports/write';
import { redriveOf } from '#test/sim/redrive-ids';

/** The faults of the simulator: each must occur in many seeds together. */
export const FAULTS = [
  'crashAfterWrite',
  'freeze',
  'requestLost',
  'answerLost',
  'lateWrite',
  'doubled',
  'early',
  'late',
  'lostInDelivery',
  'lostForGood',
  'skew',
  'clockJump',
  'drain',
  'poison',
  'breakdown',
  'falselyCondemned',
  'falseEvent',
  'falseAnswer',
  'storeAway',
  'queueAway',
] as const;

/** The transitions of the protocol: each must occur. First what the product itself tells of, then what is read off its writes. */
export const TRANSITIONS = [
  'started',
  'claimed',
  'adopted',
  'released',
  'split',
  'woken',
  'ended',
  'refused',
  'condemned',
  'voted',
  'takenOver',
  'leaseLost',
  'incarnation',
  'answered',
  'cancelRequested',
  'message.claim',
  'message.adopt',
  'message.later',
  'message.delete',
  'parked',
  'ticked',
  'census',
  'redriven',
  'fired',
  'rejected.TASK_TIMED_OUT',
  'rejected.RUN_NOT_REDRIVABLE',
  'rejected.RUN_ENDED',
  'claimedByPut',
  'handedOver',
  'forced',
  'votedDead',
  'gaveUp',
  'guarded',
  'unparked',
  'orphanEnded',
  'orphanThere',
  'subtreeCancelled',
  'actionTimedOut',
  'waitTimedOut',
  'heartbeatMissed',
  'heartbeatSeen',
  'runTimedOut',
  'redriveNoted',
  'redriveThere',
  'contradicted',
  'secondLevelLeft',
  'slotNoted',
  'invoked',
  'functionTimedOut',
] as const;

export type Transition = (typeof TRANSITIONS)[number];

/** Which transitions a write to a flow is. */
export function* transitionsOf(
  write: StoreWrite,
  before: FlowRecord | undefined,
  after: FlowRecord,
): Generator<Transition> {
  switch (write.kind) {
    case 'putFlow':
      if (before) {
        if (redriveOf(after.id) > 0 && !after.parent) yield 'redriveThere';
        if (isTerminal(before.status) && before.seq === 0) yield 'orphanThere';
      } else if (isTerminal(after.status)) yield 'orphanEnded';
      else if (after.status === 'Owned') yield 'claimedByPut';
      break;
    case 'commit':
      if (before) yield* transitionsOfCommit(before, after, write.facts);
      break;
    case 'takeOver': {
      const { evidence, by, from, status } = write.record;
      if (evidence.kind === 'forced') yield 'forced';
      if (evidence.kind === 'self' && by === from) yield 'gaveUp';
      if (evidence.kind === 'deadline') yield 'functionTimedOut';
      if (evidence.kind === 'platform') yield 'votedDead';
      if (status === 'Parked') yield 'guarded';
      break;
    }
    case 'wake':
      if (before?.status === 'Parked') yield 'unparked';
      break;
    case 'markRedriven':
      if (before && after.redrives > before.redrives) yield 'redriveNoted';
      break;
    default:
  }
}

function* transitionsOfCommit(before: FlowRecord, after: FlowRecord, facts: readonly Fact[]): Generator<Transition> {
  const waited = before.position.phase === 'callback';
  if (after.status === 'Queued' && after.queue !== before.queue) yield 'handedOver';
  if (after.status === 'TimedOut' && !after.parent) yield 'runTimedOut';
  if (after.left?.cancel) yield 'subtreeCancelled';
  if (waited && after.waits?.for === 'callback' && after.position.due !== before.position.due) yield 'heartbeatSeen';
  for (const [kind, , error] of facts) {
    if (kind !== 'fail') continue;
    if (error === 'States.HeartbeatTimeout') yield waited ? 'heartbeatMissed' : 'actionTimedOut';
    if (error === 'States.Timeout') yield waited ? 'waitTimedOut' : 'actionTimedOut';
  }
}

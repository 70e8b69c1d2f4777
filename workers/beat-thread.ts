/**
 * The thread that beats for a worker, through a connection of its own: neither a handler that blocks nor a busy database holds it up.
 *
 * Before each beat it asks the worker what to say. Where the worker does not answer soon, the beat repeats what was said last and its progress does not
 * move: a worker that beats without progress for a window is told as stalled, and is not taken over. What was said last is never wrong in a way that
 * harms: a flow that it names and that has gone on is looked at by its term, one that it does not name yet has its message.
 */
import { workerData } from 'node:worker_threads';
import { epoch } from '#engine/time';
import type { Beat } from '#ports/lease';
import {
  type BeatThreadData,
  type FromBeatThread,
  machineMs,
  type OpenLeases,
  type ToBeatThread,
} from '#workers/beat-messages';
import { beatEvery, type Composed } from '#workers/beats';

const { lease, opener, port } = workerData as BeatThreadData;
const every = beatEvery(lease.windowMs);
/** How long the worker may take to answer: a quarter of the time between two beats. */
const patience = every / 4;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const module: Readonly<Record<string, (options: unknown, windowMs: number) => Promise<OpenLeases>>> = await import(
  opener.module
);
const open = await module[opener.name]!(opener.options, lease.windowMs);

let said: Composed = { flows: [], status: lease.status };
let saidAt = machineMs();
let progress = 0;
let beat = lease.beat;
let answered: (() => void) | undefined;
let timer: NodeJS.Timeout | undefined;
let ended = false;
let beating = false;
let wanted = false;

const tell = (message: FromBeatThread) => port.postMessage(message);

port.on('message', async (message: ToBeatThread) => {
  if (message.type === 'stop') {
    ended = true;
    clearTimeout(timer);
    answered?.();
    port.close();
    await open.close();
    return;
  }
  if (message.type === 'now') {
    // A beat under way may have looked for commands already.
    wanted = beating;
    if (!beating) beatIn(0);
    return;
  }
  said = message.said;
  saidAt = machineMs();
  progress++;
  answered?.();
});

function ask(): Promise<void> {
  tell({ type: 'compose' });
  return new Promise((resolve) => {
    const impatient = setTimeout(resolve, patience);
    answered = () => {
      clearTimeout(impatient);
      resolve();
    };
  });
}

async function once(): Promise<void> {
  beating = true;
  wanted = false;
  await ask();
  answered = undefined;
  if (ended) return;
  const { flows } = said;
  const sentAt = machineMs();
  const skewMs = open.skewMs?.() ?? 0;
  beat++;
  const next: Beat = {
    incarnation: lease.incarnation,
    beat,
    progress,
    stalled: sentAt - saidAt > lease.windowMs,
    status: said.status,
    ...(said.reason !== undefined && { reason: said.reason }),
    flows,
    ...(skewMs !== 0 && { skewMs }),
    now: epoch(Date.now()),
  };
  try {
    const commands = await open.leases.beat(next);
    if (ended) return;
    if (!commands) {
      tell({ type: 'lost' });
      return;
    }
    tell({ type: 'beaten', flows, commands, sentAt });
    beatIn(every);
  } catch {
    // The store may have applied it: the next beat has a higher number either way.
    if (!ended) beatIn(every / 4);
  }
}

function beatIn(ms: number): void {
  beating = false;
  clearTimeout(timer);
  timer = setTimeout(once, wanted ? 0 : Math.min(ms, LONGEST_TIMER_MS));
}

beatIn(every);

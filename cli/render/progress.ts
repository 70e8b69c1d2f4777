/**
 * How far a run is, folded from its history event by event: a line for each state, with counters, of a size bounded by the chart and
 * the flows that run, however long the history. Knows nothing of terminals.
 */
import { detailsOf, isFailedAttempt, stateStep, textOf } from '#cli/render/event-details';
import type { HistoryEvent } from '#http/contract/history';
import type { RunDetail } from '#http/contract/run';

/** One state of the chart, as far as the run has reached it. */
export interface StateProgress {
  readonly name: string;
  /** `Task`, `Map`, … */
  readonly type: string;
  /** The Parallel or Map that it stands in. */
  readonly parent: string | undefined;
  entered: number;
  exited: number;
  failedAttempts: number;
  lastError: string | undefined;
  /** Of a Map or Parallel: how many children its last split made, where the history says so. */
  branches: number;
  branchesDone: number;
  readonly since: number;
  until: number;
}

/** The progress of one run. */
export interface Progress {
  /** In the order in which the run reached them. */
  readonly states: Map<string, StateProgress>;
  /** Which state each flow stands in; flows that have left theirs are dropped. */
  readonly at: Map<string, string>;
  /** The last take-over, as a sentence. */
  takeOver: string | undefined;
  takeOvers: number;
}

/** The progress of a run of which nothing is known yet. */
export const newProgress = (): Progress => ({
  states: new Map(),
  at: new Map(),
  takeOver: undefined,
  takeOvers: 0,
});

/** A state that was just reached. */
export const newState = (name: string, type: string, parent: string | undefined, at: number): StateProgress => ({
  name,
  type,
  parent,
  entered: 0,
  exited: 0,
  failedAttempts: 0,
  lastError: undefined,
  branches: 0,
  branchesDone: 0,
  since: at,
  until: at,
});

/** Takes an event in. Each flow's events must come in their order, and once. */
export function applyEvent(progress: Progress, event: HistoryEvent): void {
  const step = stateStep(event);
  if (step?.step === 'entered') enter(progress, event, step.name, step.type);
  else if (step) exit(progress, event, step.name);
  else if (/Taken?Over/.test(event.type)) takenOver(progress, event);
  else if (event.type === 'ExecutionRedriven') begunAgain(progress);
  else count(progress, event);
}

function count(progress: Progress, event: HistoryEvent): void {
  const state = stateOf(progress, event.flow);
  if (!state) return;
  if (isFailedAttempt(event.type)) {
    state.failedAttempts++;
    state.lastError =
      textOf(detailsOf(event), 'error') ?? (event.type.endsWith('TimedOut') ? 'States.Timeout' : undefined);
  } else if (event.type === 'MapStateStarted' || event.type === 'ParallelStateStarted') {
    state.branches = Number(textOf(detailsOf(event), 'length') ?? state.branches);
    state.branchesDone = 0;
  } else if (/^(MapIteration|ParallelBranch)Succeeded$/.test(event.type)) {
    state.branchesDone++;
  }
}

function enter(progress: Progress, event: HistoryEvent, name: string, type: string): void {
  const at = Date.parse(event.timestamp);
  const known = progress.states.get(name);
  const state = known ?? newState(name, type, progress.at.get(parentFlow(event.flow) ?? ''), at);
  state.entered++;
  progress.states.set(name, state);
  progress.at.set(event.flow, name);
}

/** A new try has a root of its own: no flow of the one that ended stands anywhere any more, and the state that failed is entered again. */
function begunAgain({ states, at }: Progress): void {
  for (const name of at.values()) {
    const state = states.get(name);
    if (state) state.entered--;
  }
  at.clear();
}

function exit(progress: Progress, event: HistoryEvent, name: string): void {
  const state = progress.states.get(name);
  if (!state) return;
  state.exited++;
  state.until = Math.max(state.until, Date.parse(event.timestamp));
  progress.at.delete(event.flow);
}

function takenOver(progress: Progress, event: HistoryEvent): void {
  const details = { ...event, ...detailsOf(event) };
  const from = textOf(details, 'fromWorker') ?? textOf(details, 'from') ?? 'a dead worker';
  const ground = textOf(details, 'text') ?? textOf(details, 'evidence');
  progress.takeOvers++;
  const did = textOf(details, 'status') === 'Parked' ? 'parked when taken' : 'taken over';
  progress.takeOver = `${event.flow} was ${did} from ${from}${ground ? `: ${ground}` : ''}`;
}

/** A state in which flows stand now. */
export interface Standing {
  readonly name: string;
  /** The state that the parent of its flows stands in. */
  readonly parent: string | undefined;
  readonly flows: number;
  /** Since when the first of them stands there. */
  readonly since: number;
}

/**
 * Where the flows stand now. A flow's own record tells it first: what an action does is in the history only once it is done. Flows that
 * the run's answer leaves out stand where the history left them.
 */
export function standings(progress: Progress, run: RunDetail): ReadonlyMap<string, Standing> {
  const at = new Map(run.flows.map((flow) => [flow.flow, flow]));
  const standing = new Map<string, Standing>();
  const add = (name: string, parent: string | undefined, since: number) => {
    const before = standing.get(name);
    standing.set(name, {
      name,
      parent: before?.parent ?? parent,
      flows: (before?.flows ?? 0) + 1,
      since: Math.min(before?.since ?? since, since),
    });
  };
  for (const { status, at: name, parent, updatedAt } of run.flows) {
    if (!TERMINAL.has(status)) add(name, parent === undefined ? undefined : at.get(parent)?.at, Date.parse(updatedAt));
  }
  for (const [flow, name] of progress.at) {
    const state = progress.states.get(name);
    if (!at.has(flow) && state) add(name, state.parent, state.since);
  }
  return standing;
}

const TERMINAL: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'TimedOut', 'Cancelled']);

/** A child's id is its parent's, a slash, and the split's seq and its index. */
const parentFlow = (flow: string): string | undefined => {
  const slash = flow.lastIndexOf('/');
  return slash < 0 ? undefined : flow.slice(0, slash);
};

/** The state that a flow stands in; a Map's iterations are reported by a child before it has entered any. */
const stateOf = (progress: Progress, flow: string): StateProgress | undefined => {
  const name = progress.at.get(flow) ?? progress.at.get(parentFlow(flow) ?? '');
  return name === undefined ? undefined : progress.states.get(name);
};

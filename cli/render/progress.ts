/**
 * How far a run is, folded from its history event by event: a line for each state, with counters, of a size bounded by the chart and
 * the flows that run, however long the history. Knows nothing of terminals.
 */
import { detailsOf, isFailedAttempt, stateStep, textOf } from '#cli/render/event-details';
import type { HistoryEvent } from '#http/contract/history';

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
  lastEvent: number;
}

/** The progress of a run of which nothing is known yet. */
export const newProgress = (): Progress => ({
  states: new Map(),
  at: new Map(),
  takeOver: undefined,
  takeOvers: 0,
  lastEvent: 0,
});

/** Takes an event in; one that was taken in before is passed over. */
export function applyEvent(progress: Progress, event: HistoryEvent): void {
  if (event.id <= progress.lastEvent) return;
  progress.lastEvent = event.id;
  const step = stateStep(event);
  if (step?.step === 'entered') enter(progress, event, step.name, step.type);
  else if (step) exit(progress, event, step.name);
  else if (/Taken?Over/.test(event.type)) takenOver(progress, event);
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
  const state: StateProgress = known ?? {
    name,
    type,
    parent: progress.at.get(parentFlow(event.flow) ?? ''),
    entered: 0,
    exited: 0,
    failedAttempts: 0,
    lastError: undefined,
    branches: 0,
    branchesDone: 0,
    since: at,
    until: at,
  };
  state.entered++;
  progress.states.set(name, state);
  progress.at.set(event.flow, name);
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
  progress.takeOver = `${event.flow} was taken over from ${from}${ground ? `: ${ground}` : ''}`;
}

/** How many flows stand in a state now. */
export function activeIn(progress: Progress): ReadonlyMap<string, number> {
  const active = new Map<string, number>();
  for (const name of progress.at.values()) active.set(name, (active.get(name) ?? 0) + 1);
  return active;
}

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

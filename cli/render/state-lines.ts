import { newState, type Progress, type Standing, type StateProgress, standings } from '#cli/render/progress';
import { cut, oneLine, type Style } from '#cli/render/style';
import { duration } from '#cli/render/time';
import type { RunDetail } from '#http/contract/run';

/** What a drawing needs beside the run. */
export interface Canvas {
  readonly style: Style;
  /** Infinite where nobody looks: nothing is cut then. */
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  /** Counts up with each drawing: turns the wheel of what runs. */
  readonly frame: number;
}

const WHEEL = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const BAR_WIDTH = 24;

type Mode = 'under way' | 'broken' | 'done';

interface StateLine {
  readonly text: string;
  readonly mode: Mode;
}

/** The states that the run has reached as lines, those of branches below theirs; at most `rows` of them. */
export function stateLines(run: RunDetail, progress: Progress, canvas: Canvas, rows: number): string[] {
  const standing = run.endedAt === undefined ? standings(progress, run) : new Map<string, Standing>();
  const states = [...progress.states.values(), ...newStates(progress, standing)];
  const children = Map.groupBy(states, ({ parent }) => parent);
  const reached: { state: StateProgress; depth: number }[] = [];
  const visit = (state: StateProgress, depth: number) => {
    reached.push({ state, depth });
    for (const child of children.get(state.name) ?? []) visit(child, depth + 1);
  };
  for (const state of children.get(undefined) ?? []) visit(state, 0);
  const longest = Math.max(8, ...reached.map(({ state, depth }) => oneLine(state.name).length + 2 * depth));
  const width = canvas.columns === Number.POSITIVE_INFINITY ? longest : Math.min(40, longest);
  const lines = reached.map(({ state, depth }): StateLine => {
    const mode = modeOf(run, progress, state, standing);
    const indent = '  '.repeat(depth);
    const name = cut(oneLine(state.name), width - indent.length).padEnd(width - indent.length);
    const facts = canvas.columns < 40 ? [] : factsOf(run, state, standing.get(state.name), canvas);
    return { mode, text: `  ${indent}${signOf(mode, canvas)} ${name}  ${facts.join('  ')}`.trimEnd() };
  });
  return fitRows(lines, rows, canvas);
}

/** States that the first flows stand in before the history tells of them. */
function newStates({ states }: Progress, standing: ReadonlyMap<string, Standing>): StateProgress[] {
  const unknown = [...standing.values()].filter(({ name }) => !states.has(name));
  return unknown.map(({ name, parent, flows, since }) => ({
    ...newState(name, '', parent, since),
    entered: flows,
  }));
}

function modeOf(
  run: RunDetail,
  { at }: Progress,
  { name }: StateProgress,
  standing: ReadonlyMap<string, Standing>,
): Mode {
  if (run.endedAt === undefined) return standing.has(name) ? 'under way' : 'done';
  // A flow that never left the state: where the run broke.
  return run.status !== 'Succeeded' && [...at.values()].includes(name) ? 'broken' : 'done';
}

function signOf(mode: Mode, { style, frame }: Canvas): string {
  if (mode === 'under way') return style('cyan', WHEEL[frame % WHEEL.length] ?? '•');
  return mode === 'broken' ? style('red', '✖') : style('green', '✔');
}

function factsOf(
  run: RunDetail,
  state: StateProgress,
  standing: Standing | undefined,
  { style, now, columns }: Canvas,
): string[] {
  const { branches, branchesDone, entered, exited, failedAttempts, since, until } = state;
  const span = standing ? now - Math.min(standing.since, since) : until - since;
  const several = entered > 1;
  return [
    ...(branches > 0 ? [`${bar(branchesDone, branches, BAR_WIDTH, style)} ${branchesDone}/${branches}`] : []),
    ...(several ? [`${exited} done`] : []),
    ...(several && standing && !run.moreFlows ? [`${standing.flows} under way`] : []),
    ...(span >= 50 ? [style('dim', duration(span))] : []),
    ...(failedAttempts > 0 ? [style('yellow', retried(state, columns))] : []),
  ];
}

function retried({ failedAttempts, lastError }: StateProgress, columns: number): string {
  const why = lastError && cut(oneLine(lastError), columns === Number.POSITIVE_INFINITY ? columns : 30);
  return `${failedAttempts} failed ${failedAttempts === 1 ? 'attempt' : 'attempts'}${why ? ` (${why})` : ''}`;
}

/** Drops finished states from the top where the terminal is too low for all: what is under way stays in sight. */
function fitRows(lines: readonly StateLine[], rows: number, { style }: Canvas): string[] {
  const room = Math.max(3, rows);
  if (lines.length <= room) return lines.map(({ text }) => text);
  let spare = lines.length - (room - 1);
  const drop = (wanted: boolean) => (line: StateLine) => (line.mode === 'done') !== wanted || spare-- <= 0;
  const kept = lines.filter(drop(true)).filter(drop(false));
  return [style('dim', `  … ${lines.length - kept.length} more states`), ...kept.map(({ text }) => text)];
}

/** A bar of `done` out of `total`. */
function bar(done: number, total: number, width: number, style: Style): string {
  const filled = total === 0 ? 0 : Math.min(width, Math.floor((done / total) * width));
  return `${style('green', '█'.repeat(filled))}${style('dim', '░'.repeat(width - filled))}`;
}

/** Draws a run while it runs: pure, from what is known to lines of text. */
import { activeIn, type Progress, type StateProgress } from '#cli/render/progress';
import { cut, oneLine, type Style, statusText } from '#cli/render/style';
import { duration } from '#cli/render/time';
import type { RunDetail } from '#http/contract/run';

/** What a drawing needs beside the run. */
export interface Canvas {
  readonly style: Style;
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  /** Counts up with each drawing: turns the wheel of what runs. */
  readonly frame: number;
}

const WHEEL = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const BAR_WIDTH = 24;

/** The run as lines: heading, a line for each state, the flows by status, the last take-over. */
export function drawRun(run: RunDetail, progress: Progress, canvas: Canvas): string[] {
  const foot = [...flowLine(run, canvas), ...takeOverLine(progress, canvas), ...outcomeLines(run, canvas)];
  const states = fitRows(stateLines(run, progress, canvas), canvas.rows - foot.length - 4, canvas);
  return [headLine(run, canvas), ...states, ...foot];
}

/** A bar of `done` out of `total`. */
export function bar(done: number, total: number, width: number, style: Style): string {
  const filled = total === 0 ? 0 : Math.min(width, Math.floor((done / total) * width));
  return `${style('green', '█'.repeat(filled))}${style('dim', '░'.repeat(width - filled))}`;
}

function headLine(run: RunDetail, { style, now }: Canvas): string {
  const span = (run.endedAt ? Date.parse(run.endedAt) : now) - Date.parse(run.startedAt);
  const facts = `${run.chart} v${run.version}${run.redrives > 0 ? `, redriven ${run.redrives}×` : ''}`;
  return `${style('bold', run.run)}  ${statusText(run.status, style)}  ${duration(span)}  ${style('dim', facts)}`;
}

interface StateLine {
  readonly text: string;
  readonly done: boolean;
}

function stateLines(run: RunDetail, progress: Progress, canvas: Canvas): StateLine[] {
  const active = activeIn(progress);
  const children = Map.groupBy(progress.states.values(), ({ parent }) => parent);
  const width = Math.max(
    8,
    ...Array.from(progress.states.values(), (state) => state.name.length + 2 * depthOf(progress, state)),
  );
  const lines: StateLine[] = [];
  const draw = (state: StateProgress, depth: number) => {
    lines.push(stateLine(run, state, active.get(state.name) ?? 0, depth, Math.min(width, 40), canvas));
    for (const child of children.get(state.name) ?? []) draw(child, depth + 1);
  };
  for (const state of children.get(undefined) ?? []) draw(state, 0);
  return lines;
}

function stateLine(
  run: RunDetail,
  state: StateProgress,
  active: number,
  depth: number,
  width: number,
  { style, now, frame, columns }: Canvas,
): StateLine {
  const indent = '  '.repeat(depth);
  const ended = run.endedAt !== undefined;
  const running = active > 0 && !ended;
  const broken = active > 0 && ended;
  const sign = running
    ? style('cyan', WHEEL[frame % WHEEL.length] ?? '•')
    : broken
      ? style('red', '✖')
      : style('green', '✔');
  const span = (running ? now : state.until) - state.since;
  const facts = [
    ...(state.branches > 0
      ? [`${bar(state.branchesDone, state.branches, BAR_WIDTH, style)} ${state.branchesDone}/${state.branches}`]
      : []),
    ...(state.entered > 1 ? [`${state.exited} done`, ...(running ? [`${active} running`] : [])] : []),
    ...(span >= 50 ? [style('dim', duration(span))] : []),
    ...(state.failedAttempts > 0 ? [style('yellow', retried(state))] : []),
  ];
  const name = cut(oneLine(state.name), width - indent.length).padEnd(width - indent.length);
  // Colours make the text longer than it looks: the bar's line is left whole, a line of a state is short.
  const text = `  ${indent}${sign} ${name}  ${facts.join('  ')}`.trimEnd();
  return { text: columns < 40 ? `  ${indent}${sign} ${name}` : text, done: !running && !broken };
}

const retried = ({ failedAttempts, lastError }: StateProgress): string =>
  `${failedAttempts} failed ${failedAttempts === 1 ? 'attempt' : 'attempts'}${lastError ? ` (${cut(oneLine(lastError), 30)})` : ''}`;

/** Drops finished states from the top where the terminal is too low for all. */
function fitRows(lines: readonly StateLine[], rows: number, { style }: Canvas): string[] {
  const room = Math.max(3, rows);
  if (lines.length <= room) return lines.map(({ text }) => text);
  const running = lines.filter(({ done }) => !done);
  const kept = running.length >= room ? running.slice(-(room - 1)) : lines.slice(-(room - 1));
  return [style('dim', `  … ${lines.length - kept.length} more states`), ...kept.map(({ text }) => text)];
}

function flowLine({ flowCounts }: RunDetail, { style }: Canvas): string[] {
  const counts = Object.entries(flowCounts).filter(([, count]) => count > 0);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 1) return [];
  return [
    `  ${style('dim', `${total} flows:`)} ${counts.map(([status, count]) => `${count} ${statusText(status, style)}`).join(', ')}`,
  ];
}

function takeOverLine({ takeOver, takeOvers }: Progress, { style, columns }: Canvas): string[] {
  if (takeOver === undefined) return [];
  const more = takeOvers > 1 ? ` (${takeOvers} take-overs)` : '';
  return [style('magenta', `  ${cut(oneLine(takeOver), columns - 4 - more.length)}${more}`)];
}

function outcomeLines({ outcome }: RunDetail, { style, columns }: Canvas): string[] {
  if (!outcome) return [];
  if (outcome.status === 'Succeeded') {
    const output = JSON.stringify(outcome.output);
    return output === '{}' || output === 'null'
      ? []
      : [`  ${style('dim', 'output')} ${cut(oneLine(output), columns - 10)}`];
  }
  const { error, cause } = outcome;
  return [
    ...(error ? [`  ${style('red', oneLine(error))}`] : []),
    ...(cause ? [`  ${cut(oneLine(cause), columns - 4)}`] : []),
  ];
}

function depthOf({ states }: Progress, state: StateProgress): number {
  let depth = 0;
  for (let at = state.parent; at !== undefined && depth < 20; at = states.get(at)?.parent) depth++;
  return depth;
}

/** Draws a run while it runs: pure, from what is known to lines of text. */
import { whyParked } from '#cli/render/parked';
import type { Progress } from '#cli/render/progress';
import { type Canvas, stateLines } from '#cli/render/state-lines';
import { cut, oneLine, statusText } from '#cli/render/style';
import { duration } from '#cli/render/time';
import { whyWaiting } from '#cli/render/waiting';
import type { RunDetail } from '#http/contract/run';

/** The run as lines: heading, a line for each state, the flows by status, the last take-over, why it is parked or waits. */
export function drawRun(run: RunDetail, progress: Progress, canvas: Canvas): string[] {
  const foot = [
    ...flowLine(run, canvas),
    ...takeOverLine(progress, canvas),
    ...parkedLine(run, canvas),
    ...waitingLine(run, canvas),
    ...outcomeLines(run, canvas),
  ];
  const states = stateLines(run, progress, canvas, canvas.rows - foot.length - 4);
  return [headLine(run, canvas), ...states, ...foot];
}

function headLine(run: RunDetail, { style, now }: Canvas): string {
  const span = (run.endedAt ? Date.parse(run.endedAt) : now) - Date.parse(run.startedAt);
  const facts = `${run.chart} v${run.version}${run.redrives > 0 ? `, redriven ${run.redrives}×` : ''}`;
  return `${style('bold', run.run)}  ${statusText(run.status, style)}  ${duration(span)}  ${style('dim', facts)}`;
}

function flowLine({ flowCounts, redrives }: RunDetail, { style }: Canvas): string[] {
  const counts = Object.entries(flowCounts).filter(([, count]) => count > 0);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 1) return [];
  // Flows of earlier tries stay as they ended.
  const what = redrives > 0 ? `${total} flows of all ${redrives + 1} tries:` : `${total} flows:`;
  return [
    `  ${style('dim', what)} ${counts.map(([status, count]) => `${count} ${statusText(status, style)}`).join(', ')}`,
  ];
}

function takeOverLine({ takeOver, takeOvers }: Progress, { style, columns }: Canvas): string[] {
  if (takeOver === undefined) return [];
  const more = takeOvers > 1 ? ` (${takeOvers} take-overs)` : '';
  return [style('magenta', `  ${cut(oneLine(takeOver), columns - 4 - more.length)}${more}`)];
}

function parkedLine(run: RunDetail, { style, columns }: Canvas): string[] {
  const why = whyParked(run);
  return why === undefined ? [] : [style('magenta', `  ${cut(oneLine(`parked ${why}`), columns - 4)}`)];
}

function waitingLine(run: RunDetail, { style, columns, now }: Canvas): string[] {
  const why = whyWaiting(run, now);
  return why === undefined ? [] : [style('yellow', `  ${cut(oneLine(why), columns - 4)}`)];
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

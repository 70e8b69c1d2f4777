import type { Observation } from '#cli/observe-run';
import { drawRun } from '#cli/render/draw-run';
import { stateStep } from '#cli/render/event-details';
import { eventLine, stampedLine } from '#cli/render/event-line';
import { LiveDisplay } from '#cli/render/live-display';
import { parkedAt, whyParked } from '#cli/render/parked';
import { applyEvent, newProgress, type Progress } from '#cli/render/progress';
import { oneLine, styleFor } from '#cli/render/style';
import { whyWaiting } from '#cli/render/waiting';
import type { Terminal } from '#cli/terminal';
import type { HistoryEvent } from '#http/contract/history';
import type { RunDetail } from '#http/contract/run';

/** Redraws in a second: the wheel and the clocks turn, and no terminal minds. */
const FRAME_MS = 125;

/** How often the counts of a split become a line where nothing redraws itself. */
const COUNTS_MS = 2000;

/** Shows a run as it goes on. */
export interface View {
  show(seen: Observation): void;
  silence(message: string): void;
  end(): void;
}

/** One JSON object a line: `{"event": …}`, at last `{"run": …}`. */
export function jsonView(terminal: Terminal): View {
  return {
    show({ run, events, over }) {
      for (const event of events) terminal.out(JSON.stringify({ event }));
      if (over) terminal.out(JSON.stringify({ run }));
    },
    silence: (message) => terminal.err(JSON.stringify({ waiting: message })),
    end() {},
  };
}

/** A line for each event that matters, for logs and pipes; at last the run as drawn. */
export function lineView(terminal: Terminal): View {
  const style = styleFor(terminal);
  const progress = newProgress();
  let begun = false;
  let counted = '';
  let place = '';
  let parked: string | undefined;
  let waiting: string | undefined;
  let countedAt = terminal.now();
  const tell = (event: HistoryEvent, run: RunDetail) => {
    applyEvent(progress, event);
    if (isRepetition(event, progress)) return;
    const line = eventLine(event, Date.parse(run.startedAt), style);
    if (line !== undefined) terminal.out(line);
  };
  const tellSplits = (run: RunDetail) => {
    const text = splitCounts(progress);
    if (text === '' || text === counted || terminal.now() - countedAt < COUNTS_MS) return;
    [counted, countedAt] = [text, terminal.now()];
    terminal.out(stampedLine(new Date(countedAt).toISOString(), Date.parse(run.startedAt), text, style));
  };
  const tellPlace = (run: RunDetail) => {
    const root = run.flows.findLast(({ parent }) => parent === undefined);
    const now = root === undefined ? '' : `${root.flow} ${root.step} ${root.at}`;
    if (root === undefined || now === place || run.endedAt !== undefined) return;
    place = now;
    terminal.out(
      stampedLine(root.updatedAt, Date.parse(run.startedAt), `${style('cyan', '…')} ${oneLine(root.at)}`, style),
    );
  };
  const tellParked = (run: RunDetail) => {
    const why = whyParked(run);
    if (why !== undefined && why !== parked) {
      const at = parkedAt(run) ?? run.updatedAt;
      terminal.out(stampedLine(at, Date.parse(run.startedAt), `${style('magenta', 'parked')} ${oneLine(why)}`, style));
    }
    parked = why;
  };
  const tellWaiting = (run: RunDetail) => {
    const why = whyWaiting(run, terminal.now());
    if (why !== undefined && why !== waiting) {
      const at = new Date(terminal.now()).toISOString();
      terminal.out(stampedLine(at, Date.parse(run.startedAt), style('yellow', oneLine(why)), style));
    }
    waiting = why;
  };
  return {
    show({ run, events, over }) {
      if (!begun) terminal.out(`${run.run}  ${run.status}  ${run.chart} v${run.version}`);
      begun = true;
      for (const event of events) tell(event, run);
      if (over) for (const line of drawRun(run, progress, canvasOf(terminal, 0))) terminal.out(line);
      else {
        tellPlace(run);
        tellSplits(run);
        tellParked(run);
        tellWaiting(run);
      }
    },
    silence: (message) => terminal.err(`${message} Trying again for a minute.`),
    end() {},
  };
}

/** Of a Map's thousand branches, only the first to be done with a state is worth a line; the counts tell of the others. */
function isRepetition(event: HistoryEvent, { states }: Progress): boolean {
  const step = event.flow.includes('/') ? stateStep(event) : undefined;
  return step !== undefined && (states.get(step.name)?.exited ?? 0) > 1;
}

/** `Packets 12/40`, for the splits that are under way. */
function splitCounts({ states }: Progress): string {
  const open = [...states.values()].filter(({ branches, branchesDone }) => branches > 0 && branchesDone < branches);
  return open.map(({ name, branches, branchesDone }) => `${oneLine(name)} ${branchesDone}/${branches}`).join(', ');
}

/** The run drawn again in its place, for a terminal. */
export function liveView(terminal: Terminal): View {
  const display = new LiveDisplay(terminal.write);
  const progress: Progress = newProgress();
  let run: RunDetail | undefined;
  let note: string | undefined;
  let frame = 0;
  const draw = () => {
    if (!run) return;
    const canvas = canvasOf(terminal, frame++);
    display.draw([...drawRun(run, progress, canvas), ...(note ? [note] : [])], canvas.columns);
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    show(seen) {
      run = seen.run;
      note = undefined;
      for (const event of seen.events) applyEvent(progress, event);
      if (seen.over) draw();
    },
    silence: (message) => {
      note = `${message} Trying again for a minute.`;
    },
    end() {
      clearInterval(timer);
      display.end();
    },
  };
}

const canvasOf = (terminal: Terminal, frame: number) => ({
  style: styleFor(terminal),
  now: terminal.now(),
  frame,
  // Nothing is cut where nobody looks.
  ...(terminal.size() ?? { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY }),
});

import { type Client, runPath } from '#cli/client';
import { Exit } from '#cli/exit';
import { type Observation, observeRun } from '#cli/observe-run';
import { drawRun } from '#cli/render/draw-run';
import { eventLine } from '#cli/render/event-line';
import { LiveDisplay } from '#cli/render/live-display';
import { applyEvent, newProgress, type Progress } from '#cli/render/progress';
import { styleFor } from '#cli/render/style';
import type { Terminal } from '#cli/terminal';
import type { RunDetail } from '#http/contract/run';

/** Redraws in a second: the wheel and the clocks turn, and no terminal minds. */
const FRAME_MS = 125;

/**
 * Shows a run until it ends and returns the exit code: 0 where it succeeded. A terminal shows it redrawn in place; elsewhere each
 * event that matters is a line. With `json` each line is one object: `{"event": …}`, at last `{"run": …}`.
 */
export async function watchRun(client: Client, run: string, terminal: Terminal, json = false): Promise<number> {
  const stop = new AbortController();
  const release = terminal.onInterrupt(() => stop.abort());
  const view = json ? jsonView(terminal) : terminal.isTTY ? liveView(terminal) : lineView(terminal);
  try {
    const options = { signal: stop.signal, waitSeconds: 5, onSilence: (error: Error) => view.silence(error.message) };
    for await (const seen of observeRun(client, run, options)) {
      view.show(seen);
      if (seen.over) return seen.run.status === 'Succeeded' ? Exit.ok : Exit.failed;
    }
  } finally {
    release();
    view.end();
  }
  terminal.err(`The run goes on. Watch it again: flowbeat runs watch ${run}. Cancel it: flowbeat runs cancel ${run}.`);
  return Exit.interrupted;
}

interface View {
  show(seen: Observation): void;
  silence(message: string): void;
  end(): void;
}

function jsonView(terminal: Terminal): View {
  return {
    show({ run, events, over }) {
      for (const event of events) terminal.out(JSON.stringify({ event }));
      if (over) terminal.out(JSON.stringify({ run }));
    },
    silence: (message) => terminal.err(JSON.stringify({ waiting: message })),
    end() {},
  };
}

function lineView(terminal: Terminal): View {
  const style = styleFor(terminal);
  const progress = newProgress();
  let begun = false;
  return {
    show({ run, events, over }) {
      if (!begun) terminal.out(`${run.run}  ${run.status}  ${run.chart} v${run.version}`);
      begun = true;
      for (const event of events) {
        applyEvent(progress, event);
        const line = eventLine(event, Date.parse(run.startedAt), style);
        if (line !== undefined) terminal.out(line);
      }
      if (over) for (const line of drawRun(run, progress, canvasOf(terminal, 0))) terminal.out(line);
    },
    silence: (message) => terminal.err(`${message} Trying again for a minute.`),
    end() {},
  };
}

function liveView(terminal: Terminal): View {
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
  ...(terminal.size() ?? { columns: 120, rows: 1000 }),
});

/** Reads a run once. */
export const readRun = async (client: Client, run: string, flows?: number): Promise<RunDetail> =>
  (await client.call<RunDetail>(runPath(run), { query: { flows } })).body;

import type { Client } from '#cli/client';
import { Exit } from '#cli/exit';
import { observeRun } from '#cli/observe-run';
import type { Terminal } from '#cli/terminal';
import { jsonView, lineView, liveView } from '#cli/watch-views';

/**
 * Shows a run until it ends and returns the exit code: 0 where it succeeded. A terminal shows it redrawn in place; elsewhere each
 * event that matters is a line. With `json` each line is one object: `{"event": …}`, at last `{"run": …}`. `redrives`: how often it was redriven at
 * least, so that a watch that follows a redrive does not begin with the end before it.
 */
export async function watchRun(
  client: Client,
  run: string,
  terminal: Terminal,
  json = false,
  redrives = 0,
): Promise<number> {
  const stop = new AbortController();
  const release = terminal.onInterrupt(() => stop.abort());
  const view = json ? jsonView(terminal) : terminal.isTTY ? liveView(terminal) : lineView(terminal);
  try {
    const onSilence = (error: Error) => view.silence(error.message);
    const options = { signal: stop.signal, waitSeconds: 5, redrives, onSilence };
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

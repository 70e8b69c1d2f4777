import { type Client, runPath } from '#cli/client';
import { CliError, Exit } from '#cli/exit';
import { HistoryReader } from '#cli/history-reader';
import type { HistoryEvent } from '#http/contract/history';
import type { RunDetail } from '#http/contract/run';

/** What is new about a run. */
export interface Observation {
  readonly run: RunDetail;
  readonly events: readonly HistoryEvent[];
  /** Whether it has ended and every event of it has been told. */
  readonly over: boolean;
}

/** How to observe. */
export interface ObserveOptions {
  readonly signal: AbortSignal;
  /** The longest that an observation is held back while nothing changes, in seconds. */
  readonly waitSeconds: number;
  /** How often the run was redriven at least: an answer from before is not told. */
  readonly redrives?: number;
  /** Told when the server does not answer any more; it is tried again for a minute. */
  readonly onSilence?: (error: CliError) => void;
}

/** So many flows tell where a run stands; of a larger one the counts do. */
const FLOWS = 200;
const RETRY_MS = 500;
const RETRIES = 120;
/** A busy run changes with every look; nobody sees more than ten changes a second. */
const LEAST_PAUSE_MS = 100;

/**
 * Follows a run to its end: the server holds each answer until the run has changed, so that a change is seen at once and an idle run costs
 * a request every few seconds. A server that restarts is waited for: the run goes on behind it.
 */
export async function* observeRun(client: Client, run: string, options: ObserveOptions): AsyncGenerator<Observation> {
  const history = new HistoryReader(client, run, options.signal);
  let etag: string | undefined;
  let last: RunDetail | undefined;
  let silences = 0;
  while (!options.signal.aborted) {
    try {
      const answer = await client.call<RunDetail | undefined>(runPath(run), {
        query: { flows: FLOWS, wait: etag === undefined ? 0 : options.waitSeconds },
        headers: etag === undefined ? {} : { 'if-none-match': etag },
        signal: options.signal,
      });
      last = answer.body ?? last;
      if (!last) throw new CliError(Exit.failed, 'NO_ANSWER', `The server sent nothing of run ${run}.`);
      if (last.redrives < (options.redrives ?? 0)) {
        etag = undefined;
        await pause(LEAST_PAUSE_MS);
        continue;
      }
      const ended = last.endedAt !== undefined;
      const { events, more } = await history.next(flowsOf(last), ended);
      const over = ended && !more;
      yield { run: last, events, over };
      if (over) return;
      // While events are still to be read, the next answer is not waited for.
      etag = more ? undefined : (answer.etag ?? etag);
      silences = 0;
      if (!more) await pause(LEAST_PAUSE_MS);
    } catch (error) {
      if (options.signal.aborted) return;
      if (!last || !(error instanceof CliError) || error.exit !== Exit.unreachable || ++silences > RETRIES) throw error;
      if (silences === 1) options.onSilence?.(error);
      etag = undefined;
      await pause(RETRY_MS);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const flowsOf = ({ flowCounts }: RunDetail): number => Object.values(flowCounts).reduce((sum, count) => sum + count, 0);

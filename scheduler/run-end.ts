import { FlowbeatError } from '#ports/errors';
import type { FlowRecord } from '#ports/flow-record';
import type { Scheduler } from '#scheduler/context';

/**
 * Tells of the end of a run: the step that follows the last commit of a root flow. What a later try may cure is thrown on, so that it is tried; what none
 * would cure (a bus that is gone) is told to the operator, and holds no run up.
 */
export async function tellEnd(s: Pick<Scheduler, 'runEvents' | 'telemetry'>, root: FlowRecord): Promise<void> {
  const { id, run, chart, version, startedAt, updated: endedAt, outcome } = root;
  if (!s.runEvents || !outcome) return;
  const redrives = (id as string) === run ? 0 : Number(id.slice(run.length + 1));
  const name = run.slice(chart.length + 1);
  try {
    await s.runEvents.ended({ id, run, chart, version, name, redrives, startedAt, endedAt, outcome });
  } catch (error) {
    if (error instanceof FlowbeatError && error.kind === 'retryable') throw error;
    s.telemetry.event('runEventFailed', { run, message: String(error) });
  }
}

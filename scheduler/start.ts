import { startPosition } from '#engine/decide';
import type { Fact } from '#engine/flow';
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import { rejected } from '#ports/errors';
import type { Answers, FlowRecord } from '#ports/flow-record';
import { rootFlow, runId } from '#ports/ids';
import type { Scheduler } from '#scheduler/context';
import { needsOf, queueOf } from '#scheduler/decide-options';
import { deadlineWrite, flowMessage, send } from '#scheduler/messages';

/** Names of runs and charts: they are part of ids, keys and URLs. */
const NAME = /^[A-Za-z0-9_.-]{1,120}$/;

/** Throws NAME_INVALID where `name` can't be part of an id. */
export function checkName(name: string, field: string): void {
  if (NAME.test(name)) return;
  throw rejected('NAME_INVALID', `${field} "${name}" must be 1 to 120 letters, digits, dots, dashes or underscores.`, {
    field,
    name,
  });
}

/** What to start. */
export interface Start {
  readonly chart: string;
  readonly version: number;
  readonly name: string;
  readonly input: Json;
  /** The Task that waits for the run's end. */
  readonly answers?: Answers | undefined;
}

/**
 * Starts a run: message, then conditional put of the root flow (DESIGN.md §4.1). The run's name is its idempotency key: a repeat finds the
 * flow there and makes nothing new (L9).
 */
export async function startRun(
  s: Scheduler,
  start: Start,
): Promise<{ readonly flow: FlowRecord; readonly created: boolean }> {
  checkName(start.name, 'name');
  const chart = await s.charts.get(start.chart, start.version);
  const now = s.clock.now();
  const run = runId(start.chart, start.name);
  const position = startPosition(chart, start.input, now);
  const deadline = chart.timeoutMs === null ? undefined : ((now + chart.timeoutMs) as EpochMs);
  const flow: FlowRecord = {
    format: chart.format,
    id: rootFlow(run),
    run,
    chart: start.chart,
    version: start.version,
    queue: queueOf(chart, position),
    needs: needsOf(chart, position),
    startedAt: now,
    ...(deadline !== undefined && { deadline }),
    nonce: s.ids.random(),
    ...(start.answers && { answers: start.answers }),
    status: 'Queued',
    term: 1,
    seq: 0,
    claims: 0,
    position,
    redrives: 0,
    updated: now,
  };
  const facts: readonly Fact[] = [['started', now, start.input]];
  const result = await s.commit([
    send(flowMessage(flow, 1)),
    ...(deadline === undefined ? [] : [deadlineWrite(s, flow.id, deadline, now)]),
    { kind: 'putFlow', flow, facts },
  ]);
  const there = result.existed?.[0];
  if (there && there.nonce !== flow.nonce) return { flow: there, created: false };
  s.telemetry.event('started', { run });
  return { flow, created: true };
}

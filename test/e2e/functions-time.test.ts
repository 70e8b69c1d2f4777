import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { runRecords } from '#functions/run-records';
import { SILENT } from '#ports/telemetry';
import type { Scheduler } from '#scheduler/context';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import type { ActivityContext } from '#sdk/activity';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { EventSource, type SqsHandler } from '#test/support/event-source';
import { FunctionInstallation } from '#test/support/function-installation';

let installation: FunctionInstallation;
let s: Scheduler;

beforeAll(async () => {
  installation = await FunctionInstallation.open();
  const { dynamo, sqs, table, prefix } = installation.emulators;
  const store = openDynamo({ client: dynamo, table, clock });
  const queue = openSqs({ client: sqs, clock, prefix, functions: true });
  const commit = orderedCommit(store, queue);
  s = createScheduler({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry: SILENT });
});
afterAll(() => installation[Symbol.asyncDispose]());

/** Runs a chart of so many Tasks by an executor whose calls may take so long. */
async function go(
  name: string,
  tasks: number,
  lastsMs: number,
  work: (input: { n: number }, context: ActivityContext) => unknown,
) {
  const { sqs, prefix } = installation.emulators;
  const states = Array.from({ length: tasks }, (_, i) => [
    `S${i}`,
    { Type: 'Task', Resource: 'activity:work', ...(i + 1 < tasks ? { Next: `S${i + 1}` } : { End: true }) },
  ]);
  await installation.operations.putChart(
    JSON.stringify({ name, definition: { StartAt: 'S0', States: Object.fromEntries(states) } }),
  );
  const actions = createActionRunner({ activities: { work }, clock });
  const options = { s, name: 'executor', prefix, actions, queues: [] };
  let calls = 0;
  const handler: SqsHandler = (event, context) => {
    calls++;
    return runRecords(options, event, context);
  };
  const feed = { name: 'executor', queues: ['default'], handler, lastsMs, visibilityMs: lastsMs * 2 };
  await using source = new EventSource(sqs, prefix, [feed], 1);
  const { run } = await installation.operations.startRun({ chart: name, name: 'r', input: { n: 0 } });
  const detail = await installation.ended(run);
  await installation.drained();
  const { events } = await installation.operations.history(run, { limit: 1_000 });
  await actions.close();
  expect(source.errors).toEqual([]);
  return { outcome: detail.outcome, calls, takeOvers: events.filter(({ type }) => type === 'FlowTakenOver') };
}

/** More than one call has time for. */
const TASKS = 30;

test('a chain that takes longer than a call is given back at a break and goes on in the next, each action run once', async () => {
  let times = 0;
  const came = await go('long', TASKS, 6_000, async ({ n }) => {
    times++;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { n: n + 1 };
  });
  expect(came).toMatchObject({ outcome: { status: 'Succeeded', output: { n: TASKS } }, takeOvers: [] });
  expect(times).toBe(TASKS);
  expect(came.calls).toBeGreaterThan(1);
});

test('an action that takes longer than its call is aborted before the end of it, and begun again in the next', async () => {
  const aborted: boolean[] = [];
  const came = await go('slow', 1, 2_000, async ({ n }, { signal }) => {
    if (aborted.length > 0) return { n: n + 1 };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    aborted.push(signal.aborted);
    throw signal.reason;
  });
  expect(aborted).toEqual([true]);
  expect(came.outcome).toEqual({ status: 'Succeeded', output: { n: 1 } });
  expect(came.takeOvers).toMatchObject([
    { flowTakenOverEventDetails: { evidence: 'deadline', fromWorker: 'executor' } },
  ]);
});

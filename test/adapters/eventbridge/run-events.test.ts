import { expect, onTestFinished, test } from 'vitest';
import { EventBridgeRunEvents } from '#adapters/eventbridge/run-events';
import type { FlowOutcome } from '#engine/flow';
import { epoch } from '#engine/time';
import { rootFlow, runId } from '#ports/ids';
import type { RunEnd } from '#ports/run-events';
import { type BusFault, eventBus } from '#test/support/emulators/event-bus';

async function bus(faultOf?: (call: number) => BusFault | undefined) {
  const emulator = await eventBus(faultOf);
  onTestFinished(() => emulator.close());
  return { taken: emulator.taken, events: new EventBridgeRunEvents(emulator.client, 'flowbeat-bus') };
}

const run = runId('report', 'monday');
const endOf = (outcome: FlowOutcome): RunEnd => ({
  id: rootFlow(run, 1),
  run,
  chart: 'report',
  version: 2,
  name: 'monday',
  redrives: 1,
  startedAt: epoch(0),
  endedAt: epoch(1500),
  outcome,
});

test('each outcome is an event of its own type, with the run and what it came to', async () => {
  const { taken, events } = await bus();
  await events.ended(endOf({ status: 'Succeeded', output: { sum: 3 } }));
  await events.ended(endOf({ status: 'Failed', error: 'States.TaskFailed', cause: 'no disk' }));
  await events.ended(endOf({ status: 'TimedOut' }));
  await events.ended(endOf({ status: 'Cancelled', cause: 'withdrawn' }));
  expect(taken.map(({ DetailType }) => DetailType)).toEqual([
    'flowbeat.run.succeeded',
    'flowbeat.run.failed',
    'flowbeat.run.timedOut',
    'flowbeat.run.cancelled',
  ]);
  expect(new Set(taken.map(({ EventBusName, Source }) => `${EventBusName} ${Source}`))).toEqual(
    new Set(['flowbeat-bus flowbeat']),
  );
  expect(JSON.parse(taken[0]?.Detail ?? '')).toEqual({
    id: 'report:monday~1',
    run: 'report:monday',
    chart: 'report',
    version: 2,
    name: 'monday',
    redrives: 1,
    status: 'Succeeded',
    startedAt: '1970-01-01T00:00:00.000Z',
    endedAt: '1970-01-01T00:00:01.500Z',
    output: { sum: 3 },
  });
  expect(JSON.parse(taken[1]?.Detail ?? '')).toMatchObject({ error: 'States.TaskFailed', cause: 'no disk' });
});

test('an output that is too large for the bus is left out, and said to be', async () => {
  const { taken, events } = await bus();
  await events.ended(endOf({ status: 'Succeeded', output: 'x'.repeat(300_000) }));
  const detail = JSON.parse(taken[0]?.Detail ?? '');
  expect([detail.outputOmitted, 'output' in detail]).toEqual([true, false]);
});

test.each<[BusFault, string]>([
  [{ entry: 'ThrottlingException' }, 'retryable'],
  [{ entry: 'InternalFailure' }, 'retryable'],
  [{ entry: 'MalformedDetail' }, 'terminal'],
  [{ status: 500, type: 'InternalException' }, 'retryable'],
  [{ status: 400, type: 'ThrottlingException' }, 'retryable'],
  [{ status: 400, type: 'ResourceNotFoundException' }, 'terminal'],
  [{ status: 403, type: 'AccessDeniedException' }, 'terminal'],
])('%j is %s', async (fault, kind) => {
  const { taken, events } = await bus((call) => (call === 1 ? fault : undefined));
  const end = endOf({ status: 'Succeeded', output: 1 });
  await expect(events.ended(end)).rejects.toMatchObject({ kind });
  await events.ended(end);
  expect(taken).toHaveLength(1);
});

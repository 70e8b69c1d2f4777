/** `states:startExecution`: runs that start runs of the same installation. */
import { expect, test } from 'vitest';
import type { Json } from '#engine/json';
import { rejected } from '#ports/errors';
import type { RunId } from '#ports/ids';
import { afterCommit } from '#scheduler/after-commit';
import { workerWith } from '#test/scheduler/worker-with-services';

const child = { Work: { Type: 'Task', Resource: 'activity:double', End: true } };
const failing = { Work: { Type: 'Task', Resource: 'activity:fail', End: true } };
const asking = { Ask: { Type: 'Task', Resource: 'activity:double.waitForTaskToken', End: true } };

const starting = (form: string, parameters: object, more: object = {}) => ({
  Start: { Type: 'Task', Resource: `states:startExecution${form}`, Parameters: parameters, End: true, ...more },
});

async function scene(states: object, of: object = child) {
  const one = await workerWith();
  await one.putChart('child', of);
  await one.putChart('parent', states);
  const run = await one.start('parent', { n: 4 });
  return { ...one, run, ended: () => one.outcome(run) };
}

test('the plain form starts a run and goes on at once', async () => {
  const t = await scene(starting('', { StateMachineArn: 'child', Name: 'mine', 'Input.$': '$' }));
  expect(await t.ended()).toEqual({
    status: 'Succeeded',
    output: { ExecutionArn: 'child:mine', StartDate: expect.stringMatching(/^\d{4}-.*Z$/) },
  });
  expect(await t.outcome('child:mine' as RunId)).toEqual({ status: 'Succeeded', output: { n: 8 } });
});

test('.sync waits for the end; input and output are JSON texts', async () => {
  const t = await scene(starting('.sync', { StateMachineArn: 'child', Name: 'mine', 'Input.$': '$' }));
  const outcome = await t.ended();
  expect(outcome).toMatchObject({
    status: 'Succeeded',
    output: { ExecutionArn: 'child:mine', Name: 'mine', Status: 'SUCCEEDED', Input: '{"n":4}', Output: '{"n":8}' },
  });
});

test('.sync:2 gives them as values; without a name the run is named after the call', async () => {
  const arn = 'arn:aws:states:eu-central-1:123456789012:stateMachine:child:1';
  const t = await scene(starting('.sync:2', { StateMachineArn: arn, Input: '{"n": 21}' }));
  const outcome = await t.ended();
  expect(outcome).toMatchObject({ status: 'Succeeded', output: { Input: { n: 21 }, Output: { n: 42 } } });
  const { items } = await t.operations.listRuns({ chart: 'child', limit: 10 });
  expect(items.map(({ name }) => name)).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)]);
});

test('a run that fails fails the Task, with its description as the cause', async () => {
  const t = await scene(starting('.sync', { StateMachineArn: 'child', Name: 'mine' }), failing);
  const outcome = await t.ended();
  expect(outcome).toMatchObject({ status: 'Failed', error: 'States.TaskFailed' });
  expect(JSON.parse((outcome as { cause: string }).cause)).toMatchObject({
    ExecutionArn: 'child:mine',
    Status: 'FAILED',
    Error: 'TypeError',
  });
});

test('while it waits no worker holds the flow; a cancelled run answers too', async () => {
  const t = await scene(starting('.sync', { StateMachineArn: 'child', Name: 'mine' }), asking);
  await t.until(t.run, ({ status, waits }) => status === 'Waiting' && waits?.for === 'callback');
  await t.until('child:mine' as RunId, ({ status }) => status === 'Waiting');
  await t.operations.cancelRun('child:mine' as RunId, {});
  const outcome = await t.ended();
  expect(outcome).toMatchObject({ status: 'Failed', error: 'States.TaskFailed' });
  expect(JSON.parse((outcome as { cause: string }).cause).Status).toBe('ABORTED');
});

test('a retried Task starts a run of its own for each attempt', async () => {
  const retry = {
    Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 2, IntervalSeconds: 60, BackoffRate: 1 }],
  };
  const t = await scene(starting('.sync', { StateMachineArn: 'child' }, retry), failing);
  for (const attempt of [1, 2]) {
    await t.until(t.run, ({ position }) => position.phase === 'retry' && position.attempt === attempt);
    await t.pass(60_000);
  }
  expect((await t.ended())?.status).toBe('Failed');
  expect((await t.operations.listRuns({ chart: 'child', limit: 10 })).items).toHaveLength(3);
});

test.each<[Json, string]>([
  [{ StateMachineArn: 'nobody' }, 'StepFunctions.StateMachineDoesNotExistException'],
  [{ StateMachineArn: 'child', Name: 'two words' }, 'StepFunctions.InvalidNameException'],
  [{ StateMachineArn: 'child', Input: 'no JSON' }, 'StepFunctions.InvalidExecutionInputException'],
  [{ Input: {} }, 'StepFunctions.InvalidArnException'],
])('%j is %s', async (parameters, error) => {
  const t = await scene(starting('', parameters as object));
  expect(await t.ended()).toMatchObject({ status: 'Failed', error });
});

test('a run answers the Task that started it and no other: the name of another is taken', async () => {
  const t = await workerWith();
  await t.putChart('child', child);
  await t.operations.startRun({ chart: 'child', name: 'mine', input: {} });
  await t.putChart('parent', starting('.sync', { StateMachineArn: 'child', Name: 'mine' }));
  const run = await t.start('parent');
  expect(await t.outcome(run)).toMatchObject({
    status: 'Failed',
    error: 'StepFunctions.ExecutionAlreadyExistsException',
  });
});

test('cut before the answer, it is repeated by whoever repeats the after-commit steps; doubled, the first counts', async () => {
  const t = await workerWith();
  await t.putChart('child', child);
  await t.putChart('parent', starting('.sync:2', { StateMachineArn: 'child', Name: 'mine' }));
  // The answer gets lost: its row is never put.
  const { commit } = t.s;
  let lost = 0;
  const cutOnce: typeof commit = (writes) => {
    if (lost > 0 || !writes.some(({ kind }) => kind === 'putCallback')) return commit(writes);
    lost++;
    return Promise.reject(new Error('cut'));
  };
  Object.assign(t.s, { commit: cutOnce });
  const run = await t.start('parent', { n: 1 });
  const ended = await t.until('child:mine' as RunId, ({ status }) => status === 'Succeeded' && lost === 1);
  await afterCommit(t.s, ended);
  await afterCommit(t.s, ended);
  expect((await t.outcome(run))?.status).toBe('Succeeded');
});

test('an answer that is refused for another reason than that nobody waits is not taken for given', async () => {
  const t = await scene(starting('.sync', { StateMachineArn: 'child', Name: 'mine' }), asking);
  await t.until(t.run, ({ waits }) => waits?.for === 'callback');
  await t.until('child:mine' as RunId, ({ status }) => status === 'Waiting');
  const { commit } = t.s;
  let refused = 0;
  const noQueue: typeof commit = (writes) => {
    if (refused > 0 || !writes.some(({ kind }) => kind === 'putCallback')) return commit(writes);
    refused++;
    return Promise.reject(rejected('QUEUE_NOT_FOUND', 'There is no such queue.'));
  };
  Object.assign(t.s, { commit: noQueue });
  await t.operations.cancelRun('child:mine' as RunId, {});
  await t.until('child:mine' as RunId, ({ status }) => status === 'Cancelled' && refused === 1);
  await t.pass(120_000);
  expect(await t.ended()).toMatchObject({ status: 'Failed', error: 'States.TaskFailed' });
});

import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { RunId } from '#ports/ids';
import { EventSource } from '#test/support/event-source';
import { FunctionInstallation } from '#test/support/function-installation';

let installation: FunctionInstallation;
let source: EventSource;
/** Which function was called with messages of which queue. */
const called = new Set<string>();

beforeAll(async () => {
  installation = await FunctionInstallation.open();
  const { emulators, environment } = installation;
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.stubEnv('FLOWBEAT_HANDLERS', `${import.meta.dirname}/function-handlers.ts`);
  const [{ handler: advance }, { handler: executor }] = await Promise.all([
    import('#functions/advance/handler'),
    import('#functions/executor/handler'),
  ]);
  const note = (name: string) => ({
    name,
    onEvent: ({ Records }: { Records: { eventSourceARN: string }[] }) => {
      for (const { eventSourceARN } of Records) called.add(`${name} ${eventSourceARN.split('-').at(-1)}`);
    },
  });
  source = new EventSource(emulators.sqs, emulators.prefix, [
    { ...note('advance'), queues: ['_advance', '_control'], handler: advance },
    { ...note('executor'), queues: ['default'], handler: executor },
  ]);
});

afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await installation[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  expect(source.errors).toEqual([]);
});

const run = async (name: string, definition: object, input: unknown, more: object = {}) => {
  await installation.operations.putChart(JSON.stringify({ name, definition, ...more }));
  called.clear();
  const { run } = await installation.operations.startRun({ chart: name, name: 'r', input: input as never });
  return { run, ended: () => installation.ended(run) };
};

const branch = (n: number) => ({
  StartAt: `Pass${n}`,
  States: { [`Pass${n}`]: { Type: 'Pass', Result: n, End: true } },
});

test('a chart without activities is run by the function advance alone: choice, wait, parallel, map', async () => {
  const definition = {
    StartAt: 'Which',
    States: {
      Which: { Type: 'Choice', Choices: [{ Variable: '$.go', BooleanEquals: true, Next: 'Second' }], Default: 'No' },
      No: { Type: 'Fail', Error: 'No' },
      Second: { Type: 'Wait', Seconds: 1, Next: 'Both' },
      Both: { Type: 'Parallel', Branches: [branch(1), branch(2)], ResultPath: '$.both', Next: 'Each' },
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrency: 2,
        ItemProcessor: {
          StartAt: 'Item',
          States: { Item: { Type: 'Pass', Parameters: { 'item.$': '$' }, End: true } },
        },
        ResultPath: '$.each',
        End: true,
      },
    },
  };
  const { ended } = await run('states', definition, { go: true, items: ['a', 'b', 'c'] });
  expect((await ended()).outcome).toEqual({
    status: 'Succeeded',
    output: { go: true, items: ['a', 'b', 'c'], both: [1, 2], each: [{ item: 'a' }, { item: 'b' }, { item: 'c' }] },
  });
  expect([...called]).toEqual(['advance _advance']);
});

test('a chart with activities is run by the function executor with no worker at all, one in a thread of its own too', async () => {
  const definition = {
    StartAt: 'First',
    States: {
      First: { Type: 'Task', Resource: 'activity:double', Next: 'Second' },
      Second: { Type: 'Task', Resource: 'activity:double', Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Double', States: { Double: { Type: 'Task', Resource: 'activity:double', End: true } } },
          { StartAt: 'Place', States: { Place: { Type: 'Task', Resource: 'activity:place', End: true } } },
        ],
        End: true,
      },
    },
  };
  const { run: id, ended } = await run('doubles', definition, { n: 1 });
  expect((await ended()).outcome).toEqual({ status: 'Succeeded', output: [{ n: 8 }, { isMainThread: false }] });
  expect([...called].sort()).toEqual(['advance _advance', 'executor default']);
  const { events } = await installation.operations.history(id, { limit: 1_000 });
  expect(events.filter(({ type }) => type === 'FlowTakenOver')).toEqual([]);
});

test('a Task that calls a service is run by the function advance, which stays with it from one to the next', async () => {
  const { sqs, prefix } = installation.emulators;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${prefix}target` }));
  const send = (text: string, more: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::sqs:sendMessage',
    Parameters: { QueueUrl, MessageBody: text },
    ...more,
  });
  const definition = { StartAt: 'One', States: { One: send('one', { Next: 'Two' }), Two: send('two', { End: true }) } };
  const { ended } = await run('calls', definition, {});
  expect((await ended()).outcome).toMatchObject({ status: 'Succeeded', output: { MessageId: expect.any(String) } });
  expect([...called]).toEqual(['advance _advance']);
  const asked = new ReceiveMessageCommand({ QueueUrl: QueueUrl!, MaxNumberOfMessages: 10 });
  const { Messages = [] } = await sqs.send(asked);
  expect(Messages.map(({ Body }) => Body).sort()).toEqual(['one', 'two']);
});

test('a run whose activity nobody has a handler for is cancelled by the function advance', async () => {
  const definition = { StartAt: 'Far', States: { Far: { Type: 'Task', Resource: 'activity:render', End: true } } };
  const { run: id, ended } = await run('far', definition, {});
  await installation.operations.cancelRun(id, {});
  // Nobody has the handler: that it is cancelled all the same is the work of the control queue.
  expect((await ended()).outcome?.status).toBe('Cancelled');
  await installation.drained();
  expect(called).toContain('advance _control');
});

test('a cancelled run takes the run that it waits for with it', async () => {
  const { operations } = installation;
  const far = { StartAt: 'Far', States: { Far: { Type: 'Task', Resource: 'activity:render', End: true } } };
  await operations.putChart(JSON.stringify({ name: 'waited-for', definition: far }));
  const starts = {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: { StateMachineArn: 'waited-for', Name: 'r' },
    End: true,
  };
  const { run: id, ended } = await run('waits', { StartAt: 'Start', States: { Start: starts } }, {});
  const waits = async () => (await operations.showRun(id)).flows[0]?.waits?.for === 'callback';
  await vi.waitUntil(waits, { timeout: 30_000, interval: 100 });
  await operations.cancelRun(id, {});
  expect((await ended()).outcome?.status).toBe('Cancelled');
  expect((await installation.ended('waited-for:r' as RunId)).outcome).toEqual({
    status: 'Cancelled',
    cause: 'The Task "Start" of waits:r waits for it no more.',
  });
});

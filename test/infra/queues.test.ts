import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { QUEUE_ATTRIBUTES, sqsName } from '#adapters/sqs/queue-urls';
import { HANDLERS, resourcesOf, templateOf } from './support/synthesize.ts';

interface Queue {
  readonly QueueName: string;
  readonly VisibilityTimeout?: number;
  readonly MessageRetentionPeriod: number;
  readonly SqsManagedSseEnabled: boolean;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: unknown; readonly maxReceiveCount: number };
}

const queuesOf = (template: ReturnType<typeof templateOf>) =>
  new Map(
    resourcesOf(template, 'AWS::SQS::Queue').map(([id, { Properties }]) => {
      const queue = Properties as unknown as Queue;
      return [queue.QueueName, { id, ...queue }];
    }),
  );

describe('queues', () => {
  const queues = queuesOf(
    templateOf({ queues: { gpu: { servedBy: 'workers' }, 'mail.out': { servedBy: 'workers' } } }),
  );

  test('are those that every installation has and those that are named, by the names that the adapter looks for', () => {
    const names = ['_control', '_advance', '_sweep', '_dead', 'default', 'gpu', 'mail.out'];
    expect([...queues.keys()].sort()).toEqual(names.map((name) => sqsName('test-', name)).sort());
  });

  test('keep what the adapter keeps, encrypted', () => {
    for (const queue of queues.values()) {
      expect(String(queue.MessageRetentionPeriod)).toBe(QUEUE_ATTRIBUTES.MessageRetentionPeriod);
      expect(queue.SqsManagedSseEnabled).toBe(true);
    }
    expect(String(queues.get('test-default')!.VisibilityTimeout)).toBe(QUEUE_ATTRIBUTES.VisibilityTimeout);
  });

  test('give up a message only after a thousand receives, to one queue of dead letters', () => {
    const dead = queues.get('test-_dead')!;
    for (const [name, { RedrivePolicy }] of queues) {
      if (name === 'test-_dead') expect(RedrivePolicy).toBeUndefined();
      else
        expect(RedrivePolicy).toEqual({
          deadLetterTargetArn: { 'Fn::GetAtt': [dead.id, 'Arn'] },
          maxReceiveCount: 1_000,
        });
    }
  });
});

test('a message stays invisible for longer than the function that has it may take', () => {
  const template = templateOf({ handlers: { ...HANDLERS, timeout: Duration.minutes(15) } });
  const queues = [...queuesOf(template).values()];
  const functions = template.findResources('AWS::Lambda::Function');
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
  expect(mappings).toHaveLength(4);
  for (const [, { Properties }] of mappings) {
    const { EventSourceArn, FunctionName } = Properties as unknown as {
      EventSourceArn: { 'Fn::GetAtt': [string] };
      FunctionName: { Ref: string };
    };
    const queue = queues.find(({ id }) => id === EventSourceArn['Fn::GetAtt'][0])!;
    expect(queue.VisibilityTimeout).toBeGreaterThan(functions[FunctionName.Ref]!.Properties.Timeout);
  }
});

test.each([
  [
    'a name that no chart may have',
    { queues: { _mine: { servedBy: 'workers' } } } as const,
    '"_mine" is no name of a queue',
  ],
  ['an executor without handlers', { queues: { fast: { servedBy: 'executor' } } } as const, 'there are no `handlers`'],
  ['a window that is too short', { window: Duration.millis(500) } as const, '`window` is 500 ms'],
])('%s is refused', (_, props, text) => {
  expect(() => templateOf(props)).toThrow(text);
});

import { outputOf, readStack } from '#cli/aws/stack';
import { badInput } from '#cli/exit';
import type { StoreChoice } from '#cli/launchers';

/** All that a worker of an installation must know, by the one value that it is given: its stack's name. */
export async function stackStore(stack: string): Promise<{ readonly store: StoreChoice; readonly windowMs: number }> {
  const read = await readStack(stack);
  const { BucketName: bucket, EventBusName: eventBus } = read.outputs;
  const windowMs = Number(outputOf(read, 'WindowMs', stack));
  if (!(windowMs > 0)) throw badInput(`The output WindowMs of the stack "${stack}" is no number of milliseconds.`);
  return {
    store: {
      kind: 'dynamodb',
      table: outputOf(read, 'TableName', stack),
      queuePrefix: outputOf(read, 'QueuePrefix', stack),
      ...(bucket ? { bucket } : {}),
      ...(eventBus ? { eventBus } : {}),
      functions: true,
    },
    windowMs,
  };
}

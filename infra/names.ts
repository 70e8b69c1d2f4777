import type { Construct } from 'constructs';

/** The outputs of an installation's stack: what `--stack NAME` and `npm run aws:local` read, and how a worker joins from anywhere. */
export const OUTPUTS = {
  api: 'ApiUrl',
  table: 'TableName',
  queuePrefix: 'QueuePrefix',
  bucket: 'BucketName',
  bus: 'EventBusName',
  window: 'WindowMs',
  join: 'WorkerCommand',
} as const;

/** The queue of charts that name none. */
export const DEFAULT_QUEUE = 'default';

/** Where SQS puts what nobody could deal with. No chart can name it: queues' names begin with a letter or digit. */
export const DEAD_LETTERS = '_dead';

/** The context key that leaves out what emulators of AWS cannot do: `-c local=1`. */
export const LOCAL = 'local';

/** Whether the installation is for an emulator. */
export const isLocal = (scope: Construct): boolean => {
  const value: unknown = scope.node.tryGetContext(LOCAL);
  return value === true || value === '1' || value === 'true';
};

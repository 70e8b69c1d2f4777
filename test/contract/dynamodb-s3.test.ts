import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { DynamoRunRows } from '#adapters/dynamodb/run-rows';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { orderedCommit } from '#scheduler/ordered-commit';
import { archiving } from '#test/contract/archiving';
import { bigValues } from '#test/contract/big-values';
import { history } from '#test/contract/history';
import { sideRows } from '#test/contract/side-rows';
import { suite } from '#test/contract/subject';
import { openBucket } from '#test/support/emulators/bucket';
import { openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

// What a bucket changes: where values stand, and that runs can be archived. The rest of the contract is asked of the same store without one.
suite(
  'dynamodb + s3',
  async () => {
    const emulators = await openEmulators();
    const bucket = await openBucket(emulators);
    const { dynamo, sqs, table, prefix } = emulators;
    const store = openDynamo({ client: dynamo, table, clock, blobs: bucket.blobs });
    const queue = openSqs({ client: sqs, clock, prefix, create: true });
    return {
      store,
      runRows: new DynamoRunRows({ client: dynamo, table, clock, blobs: bucket.blobs }),
      queue,
      commit: orderedCommit(store, queue),
      atomic: false,
      now: () => clock.now(),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 200)),
      async close() {
        await bucket.close();
        await emulators.close();
      },
    };
  },
  {},
  { history, 'side rows': sideRows, 'big values': bigValues, archiving },
);

import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { orderedCommit } from '#scheduler/ordered-commit';
import { contract } from '#test/contract/contract';
import { openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

contract('dynamodb + sqs', async () => {
  const { dynamo, sqs, table, prefix, close } = await openEmulators();
  const store = openDynamo({ client: dynamo, table, clock });
  const queue = openSqs({ client: sqs, clock, prefix, create: true });
  return {
    store,
    queue,
    commit: orderedCommit(store, queue),
    atomic: false,
    now: () => clock.now(),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 200)),
    close,
  };
});

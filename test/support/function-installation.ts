import { CreateQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { sqsName } from '#adapters/sqs/queue-urls';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import type { RunId } from '#ports/ids';
import { ADVANCE_QUEUE, CONTROL_QUEUE } from '#ports/message';
import { createOperations } from '#scheduler/create-operations';
import type { Operations, RunDetail } from '#scheduler/operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { until } from '#test/support/cluster';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';

/** The queues of an installation with functions. */
export const QUEUES = [ADVANCE_QUEUE, CONTROL_QUEUE, 'default'] as const;

/** An installation without a worker, on emulators: table, queues, and the operations by which runs are started and looked at. */
export class FunctionInstallation implements AsyncDisposable {
  readonly emulators: Emulators;
  readonly operations: Operations;
  /** What a function of it is told by its environment, with the addresses of the emulators. */
  readonly environment: Readonly<Record<string, string>>;

  private constructor(emulators: Emulators) {
    this.emulators = emulators;
    const { dynamo, sqs, table, prefix, endpoints } = emulators;
    const store = openDynamo({ client: dynamo, table, clock });
    const queue = openSqs({ client: sqs, clock, prefix, functions: true });
    const commit = orderedCommit(store, queue);
    this.operations = createOperations({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry: { event() {} } });
    this.environment = {
      FLOWBEAT_NAME: 'flowbeat-test',
      FLOWBEAT_TABLE: table,
      FLOWBEAT_QUEUE_PREFIX: prefix,
      FLOWBEAT_WINDOW_MS: '30000',
      FLOWBEAT_ADVANCE: '1',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamo,
      AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    };
  }

  static async open(): Promise<FunctionInstallation> {
    const emulators = await openEmulators();
    for (const queue of QUEUES) {
      const QueueName = sqsName(emulators.prefix, queue);
      await emulators.sqs.send(new CreateQueueCommand({ QueueName }));
    }
    return new FunctionInstallation(emulators);
  }

  /** Waits until a run has ended. */
  ended(run: RunId): Promise<RunDetail> {
    return until(`${run} has ended`, async () => {
      const detail = await this.operations.showRun(run);
      return detail.outcome && detail;
    });
  }

  /** Waits until no message is left, be it invisible or delayed. */
  async drained(): Promise<void> {
    await until('all queues are empty', async () => (await this.#left()) === 0);
  }

  async #left(): Promise<number> {
    const { sqs, prefix } = this.emulators;
    let left = 0;
    for (const queue of QUEUES) {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: sqsName(prefix, queue) }));
      const asked = new GetQueueAttributesCommand({ QueueUrl: QueueUrl!, AttributeNames: ['All'] });
      const { Attributes = {} } = await sqs.send(asked);
      for (const [name, count] of Object.entries(Attributes))
        if (name.startsWith('ApproximateNumberOfMessages')) left += Number(count);
    }
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulators.close();
  }
}

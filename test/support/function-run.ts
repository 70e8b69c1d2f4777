import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { type ClosableActionRunner, createActionRunner } from '#actions/action-runner';
import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { sqsName } from '#adapters/sqs/queue-urls';
import { openSqs } from '#adapters/sqs/sqs-queue';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { epoch } from '#engine/time';
import { runRecords } from '#functions/run-records';
import type { RunId } from '#ports/ids';
import { SILENT } from '#ports/telemetry';
import type { Scheduler } from '#scheduler/context';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import type { Operations } from '#scheduler/operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import type { Activities } from '#sdk/define-activities';
import type { Emulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK } from '#test/support/emulators/real-clock';
import { eventOf } from '#test/support/event-source';
import { QUEUES } from '#test/support/function-installation';
import { lambdaContext } from '#test/support/lambda-context';
import { CallCount, mortal } from '#test/support/lost-calls';

/** How long a call of a function may take, and how much later its flows are surely free. */
const LASTS_MS = 20_000;
const FREE_AFTER_MS = LASTS_MS + 15_000;

/** A round takes a second where there is nothing to do. */
const MOST_ROUNDS = 60;

/** How a run's calls go. */
export interface Going {
  /** Which call to store and queue is the last of its function. */
  readonly count?: CallCount;
  /** How many functions are called with the same event, at once. */
  readonly copies?: number;
}

/**
 * One installation of functions with queues of its own, whose event source is worked by hand, one event at a time. Where a function dies, the clock is put
 * forward to where its time is over, and its messages come back.
 */
export class FunctionRun {
  readonly operations: Operations;
  readonly #emulators: Emulators;
  readonly #prefix: string;
  readonly #s: Scheduler;
  readonly #actions: ClosableActionRunner;
  readonly #going: Required<Going>;
  readonly #urls: string[] = [];
  #aheadMs = 0;
  deaths = 0;

  constructor(
    emulators: Emulators,
    name: string,
    activities: Activities,
    { count = new CallCount(), copies = 1 }: Going,
  ) {
    const { dynamo, sqs, table } = emulators;
    this.#emulators = emulators;
    this.#prefix = `${emulators.prefix}${name}-`;
    this.#going = { count, copies };
    const clock = { ...REAL_CLOCK, now: () => epoch(Date.now() + this.#aheadMs) };
    const store = openDynamo({ client: dynamo, table, clock });
    const queue = openSqs({ client: sqs, clock, prefix: this.#prefix, functions: true });
    const commit = orderedCommit(store, queue);
    this.#s = createScheduler({ store, queue, commit, clock, ids: SYSTEM_IDS, telemetry: SILENT });
    this.#actions = createActionRunner({ activities, clock });
    this.operations = createOperations(this.#s);
  }

  /** Starts a run of a chart and works until it has ended and no message is left. */
  async run(chart: string, name: string, input: unknown) {
    const { sqs } = this.#emulators;
    for (const queue of QUEUES) {
      const made = await sqs.send(new CreateQueueCommand({ QueueName: sqsName(this.#prefix, queue) }));
      this.#urls.push(made.QueueUrl!);
    }
    const { run } = await this.operations.startRun({ chart, name, input: input as never });
    for (let rounds = 0; !(await this.#isOver(run)); rounds++) {
      if (rounds === MOST_ROUNDS) throw new Error(`${run} has not ended; its functions died ${this.deaths} times`);
      await Promise.all(this.#urls.map((_url, index) => this.#work(index)));
    }
    await this.#actions.close();
    const { events } = await this.operations.history(run, { limit: 1_000 });
    const { outcome } = await this.operations.showRun(run);
    return { outcome, takeOvers: events.filter(({ type }) => type === 'FlowTakenOver').length };
  }

  async #isOver(run: RunId): Promise<boolean> {
    for (const QueueUrl of this.#urls) {
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
      const { Attributes = {} } = await this.#emulators.sqs.send(asked);
      for (const [name, value] of Object.entries(Attributes))
        if (name.startsWith('ApproximateNumberOfMessages') && value !== '0') return false;
    }
    return (await this.operations.showRun(run)).outcome !== undefined;
  }

  async #work(index: number): Promise<void> {
    const QueueUrl = this.#urls[index]!;
    const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 60 };
    const { sqs } = this.#emulators;
    const received = await sqs.send(new ReceiveMessageCommand({ ...asked, MessageSystemAttributeNames: ['All'] }));
    const { Messages = [] } = received;
    if (Messages.length === 0) return;
    const done = await this.#call(index, Messages);
    const entries = Messages.map(({ MessageId, ReceiptHandle }, id) => ({ MessageId, Id: String(id), ReceiptHandle }));
    if (done === undefined) {
      this.deaths++;
      this.#aheadMs += FREE_AFTER_MS;
      const Entries = entries.map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle, VisibilityTimeout: 0 }));
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      return;
    }
    const Entries = entries.flatMap(({ MessageId, Id, ReceiptHandle }) =>
      done.has(MessageId!) ? [{ Id, ReceiptHandle }] : [],
    );
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }

  /** The ids of the messages that a function said it is done with; undefined where it died. */
  async #call(index: number, messages: readonly Message[]): Promise<ReadonlySet<string> | undefined> {
    const queue = QUEUES[index]!;
    const isExecutor = queue === 'default';
    const event = eventOf(sqsName(this.#prefix, queue), messages);
    const calls = Array.from({ length: this.#going.copies }, async () => {
      const { s, died } = mortal(this.#s, this.#going.count);
      const name = isExecutor ? 'executor' : 'advance';
      const actions = isExecutor ? this.#actions : NO_ACTIONS;
      const options = { s, name, prefix: this.#prefix, actions, queues: [] };
      return Promise.race([runRecords(options, event, lambdaContext(name, LASTS_MS)), died]);
    });
    const done = new Set<string>();
    for (const answer of await Promise.all(calls)) {
      if (answer === undefined) return undefined;
      const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { messageId } of event.Records) if (!failed.has(messageId)) done.add(messageId);
    }
    return done;
  }
}

const NO_ACTIONS = createActionRunner({ activities: {}, clock: REAL_CLOCK });

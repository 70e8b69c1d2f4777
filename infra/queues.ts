import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RETENTION_SECONDS, sqsName, VISIBILITY_SECONDS } from '#adapters/sqs/queue-name';
import { DEAD_LETTERS } from '#infra/names';

/** What the queues are made with. */
export interface QueuesProps {
  /** What their names begin with. */
  readonly prefix: string;
  /** Their names, and for how long a received message stays invisible where its receiver does not say. */
  readonly visibility: Readonly<Record<string, Duration | undefined>>;
}

/**
 * A witness comes back often: until its flow's owner lists it, or its run has ended. So this is SQS's greatest count; what comes back a
 * thousand times nobody can read, or deal with.
 */
const MAX_RECEIVES = 1_000;

/** The shared task queues, and one for dead letters of all of them: SQS knows where each came from when they are sent back. */
export class Queues extends Construct {
  readonly dead: Queue;
  readonly #queues = new Map<string, Queue>();

  constructor(scope: Construct, id: string, { prefix, visibility }: QueuesProps) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(RETENTION_SECONDS),
    };
    this.dead = new Queue(this, 'Dead', { ...common, queueName: sqsName(prefix, DEAD_LETTERS) });
    for (const [name, time] of Object.entries(visibility)) {
      const queue = new Queue(this, constructId(name), {
        ...common,
        queueName: sqsName(prefix, name),
        visibilityTimeout: time ?? Duration.seconds(VISIBILITY_SECONDS),
        deadLetterQueue: { queue: this.dead, maxReceiveCount: MAX_RECEIVES },
      });
      this.#queues.set(name, queue);
    }
  }

  /** The queue of a name. Throws where the installation has none. */
  of(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`There is no queue "${name}". There are: ${this.names.join(', ')}.`);
    return queue;
  }

  /** The names of all queues but that of dead letters. */
  get names(): readonly string[] {
    return [...this.#queues.keys()];
  }

  /** All queues but that of dead letters. */
  get all(): readonly Queue[] {
    return [...this.#queues.values()];
  }
}

/** Two names of queues never make one id. */
const constructId = (name: string): string => (name.startsWith('_') ? `Own${name}` : `Queue-${name}`);

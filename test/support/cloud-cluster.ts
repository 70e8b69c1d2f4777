import { openDynamo } from '#adapters/dynamodb/dynamo-store';
import { openSqs } from '#adapters/sqs/sqs-queue';
import type { RunId } from '#ports/ids';
import { createOperations } from '#scheduler/create-operations';
import type { Operations, RunDetail } from '#scheduler/operations';
import { orderedCommit } from '#scheduler/ordered-commit';
import { Cluster, type Entry, type Member, type TakeOverDetails, until } from '#test/support/cluster';
import { type Emulators, openEmulators } from '#test/support/emulators/emulators';
import { REAL_CLOCK as clock } from '#test/support/emulators/real-clock';
import { Link } from '#test/support/link';

/** What a worker of the cloud needs: DynamoDB and SQS. */
export type Service = 'table' | 'queue';

/** A worker process whose way to DynamoDB and SQS can be cut: to both, or to one of them. */
export interface LinkedMember extends Member {
  cut(service?: Service): void;
  mend(service?: Service): void;
}

/** A cluster of worker processes over DynamoDB and SQS. There is no server: runs are started and looked at by the operations themselves. */
export class CloudCluster implements AsyncDisposable {
  readonly operations: Operations;
  readonly #emulators: Emulators;
  readonly #windowMs: number;
  /** The folder, the processes and the journal; its state file is not used. */
  readonly #machine = new Cluster();
  readonly #links: Link[] = [];

  private constructor(emulators: Emulators, windowMs: number) {
    this.#emulators = emulators;
    this.#windowMs = windowMs;
    const store = openDynamo({ client: emulators.dynamo, table: emulators.table, clock });
    const queue = openSqs({ client: emulators.sqs, clock, prefix: emulators.prefix, create: true });
    const ids = { random: () => crypto.randomUUID() };
    const commit = orderedCommit(store, queue);
    this.operations = createOperations({ store, queue, commit, clock, ids, telemetry: { event() {} } });
  }

  static async open(windowMs: number): Promise<CloudCluster> {
    return new CloudCluster(await openEmulators(), windowMs);
  }

  /** Starts a worker process, by a way of its own to the services, and waits until it may claim. */
  async worker(name: string, ...args: readonly string[]): Promise<LinkedMember> {
    const { endpoints, table, prefix } = this.#emulators;
    const links = { table: await Link.to(endpoints.dynamo), queue: await Link.to(endpoints.sqs) };
    this.#links.push(links.table, links.queue);
    const linksTo = (service?: Service) => (service ? [links[service]] : [links.table, links.queue]);
    Object.assign(this.#machine.environment, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: links.table.url,
      AWS_ENDPOINT_URL_SQS: links.queue.url,
    });
    const where = ['--store', 'dynamodb', '--table', table, '--queue-prefix', prefix];
    const how = ['--handlers', this.#machine.handlers, '--name', name, '--window', `+${this.#windowMs}ms`, '--json'];
    const member = this.#machine.launch('worker', ...where, ...how, ...args);
    await until(`${name} is ready`, () => member.output().includes('"event":"ready"'), member);
    return {
      ...member,
      cut(service) {
        for (const link of linksTo(service)) link.cut();
      },
      mend(service) {
        for (const link of linksTo(service)) link.mend();
      },
    };
  }

  open(name: string): void {
    this.#machine.open(name);
  }

  journal(): readonly Entry[] {
    return this.#machine.journal();
  }

  did(what: Entry['what'], name: string): Promise<Entry> {
    return this.#machine.did(what, name);
  }

  /** Waits until a run has ended. */
  ended(run: RunId): Promise<RunDetail> {
    return until(`${run} has ended`, async () => {
      const detail = await this.operations.showRun(run);
      return detail.outcome && detail;
    });
  }

  /** The records of a run's take-overs. */
  async takeOvers(run: RunId): Promise<readonly TakeOverDetails[]> {
    const { events } = await this.operations.history(run, { limit: 1_000 });
    return events.flatMap(({ flowTakenOverEventDetails: details }) =>
      details === undefined ? [] : [details as unknown as TakeOverDetails],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
    for (const link of this.#links) await link[Symbol.asyncDispose]();
    await this.#emulators.close();
  }
}

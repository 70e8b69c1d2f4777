import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '#ports/clock';
import { FlowbeatError, rejected } from '#ports/errors';
import type { Surroundings } from '#ports/surroundings';
import { orderedCommit } from '#scheduler/ordered-commit';
import type { LeaseOpener } from '#workers/beat-messages';
import type { StoreChoice } from '#workers/env';

/** A store, its queue and its commit, open. */
export interface OpenStore
  extends Pick<Surroundings, 'store' | 'runRows' | 'archive' | 'queue' | 'commit' | 'directClaims' | 'runEvents'> {
  /** How the thread that beats opens the leases. */
  readonly leases: LeaseOpener;
  /** For people: where the state is. */
  readonly text: string;
  close(): Promise<void>;
}

/** Opens what a worker or a server works on. Each adapter is loaded only where it is asked for. */
export function openStore(choice: StoreChoice, clock: Clock): Promise<OpenStore> {
  return choice.kind === 'sqlite' ? openFile(choice.file, clock) : openAws(choice, clock);
}

/** DynamoDB and SQS. Region, credentials and endpoint are those of the environment, as the AWS SDK finds them; table and queues must be there. */
async function openAws(
  { table, queuePrefix, bucket, chunkTimeoutMs, eventBus, functions }: Extract<StoreChoice, { kind: 'dynamodb' }>,
  clock: Clock,
): Promise<OpenStore> {
  const [{ connectDynamo }, { connectSqs }] = await Promise.all([
    import('#adapters/dynamodb/connect'),
    import('#adapters/sqs/connect'),
  ]);
  const s3 = bucket === undefined ? undefined : await openBucket(bucket, chunkTimeoutMs);
  const bridge =
    eventBus === undefined
      ? undefined
      : (
          await import('#adapters/eventbridge/connect').catch(missing('@aws-sdk/client-eventbridge'))
        ).connectEventBridge(eventBus);
  const dynamo = await connectDynamo(table, clock, s3?.blobs);
  const sqs = connectSqs(queuePrefix, clock, { functions });
  return {
    store: dynamo.store,
    runRows: dynamo.runRows,
    ...(s3 && { archive: s3.archive }),
    queue: sqs.queue,
    commit: orderedCommit(dynamo.store, sqs.queue),
    leases: {
      module: import.meta.resolve('#adapters/dynamodb/lease-connection'),
      name: 'openLeases',
      options: { table },
    },
    ...(bridge && { runEvents: bridge.runEvents }),
    text: `dynamodb: ${table}`,
    async close() {
      s3?.close();
      bridge?.close();
      sqs.close();
      dynamo.close();
    },
  };
}

async function openBucket(bucket: string, chunkTimeoutMs: number | undefined) {
  const { connectS3 } = await import('#adapters/s3/connect').catch(
    missing('@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner'),
  );
  return connectS3(bucket, process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL, chunkTimeoutMs);
}

/** Clients that not every installation needs are installed beside the package; `names`: all that this part of it needs. */
const missing =
  (...names: readonly string[]) =>
  (error: unknown) => {
    const all = names.join(' ');
    const message = `This installation needs ${names.length > 1 ? 'the packages' : 'the package'} ${names.join(' and ')}, which could not be loaded: npm install ${all}`;
    throw new FlowbeatError('rejected', 'PACKAGE_MISSING', message, { packages: names }, error);
  };

async function openFile(file: string, clock: Clock): Promise<OpenStore> {
  makeFolder(file);
  const [{ openSqlite }, { joinNudges }] = await Promise.all([
    import('#adapters/sqlite/open'),
    import('#workers/nudges'),
  ]);
  const sqlite = await openSqlite({ file, clock });
  const nudges = await joinNudges(file, sqlite);
  const { store, queue, commit, directClaims } = sqlite;
  return {
    store,
    queue,
    commit,
    directClaims,
    leases: { module: import.meta.resolve('#adapters/sqlite/lease-connection'), name: 'openLeases', options: file },
    text: `sqlite: ${file}`,
    async close() {
      nudges.close();
      await sqlite.close();
    },
  };
}

function makeFolders(folder: string): void {
  const above = dirname(folder);
  if (above !== folder && !existsSync(above)) makeFolders(above);
  mkdirSync(folder);
}

/** The folder of a state file is made, so that the first start needs no preparation. */
function makeFolder(file: string): void {
  const folder = dirname(file);
  if (existsSync(folder)) return;
  try {
    // One by one: asked to make them all, Node 24 tries for ever below a folder that takes none, such as /proc.
    makeFolders(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process was faster.
    if (code === 'EEXIST') return;
    const why =
      code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'this user may not write there' : String(code);
    throw rejected(
      'STORE_FOLDER_MISSING',
      `The folder ${folder} for the state file cannot be made: ${why}. Name another file with --file.`,
      { file },
    );
  }
}

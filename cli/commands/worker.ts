import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { windowOption } from '#cli/commands/serve';
import { badInput } from '#cli/exit';
import type { StoreChoice } from '#cli/launchers';
import { chunkTimeoutOption } from '#cli/options/chunk-timeout';
import { repeated, wholeNumber } from '#cli/options/number';
import { timeExpression } from '#cli/options/time-expression';
import { SERVICE_KINDS, type ServiceKind, serviceText } from '#cli/services/service-text';
import { keptOf } from '#cli/services/worker-service';
import { command, type Session } from '#cli/session';
import type { Terminal } from '#cli/terminal';

interface Given {
  readonly store?: 'sqlite' | 'dynamodb';
  readonly local?: boolean;
  readonly file?: string;
  readonly stack?: string;
  readonly table?: string;
  readonly queuePrefix?: string;
  readonly bucket?: string;
  readonly eventBus?: string;
  readonly chunkTimeout?: number;
  readonly handlers?: readonly string[];
  readonly number: number;
  readonly places: number;
  readonly prefetch: number;
  readonly queue?: readonly string[];
  readonly name?: string;
  readonly window?: number;
  readonly drain: number;
  readonly healthPort?: number;
  readonly json?: boolean;
  readonly service?: ServiceKind;
}

/** `flowbeat worker`. */
export const workerCommand = (session: Session): Command =>
  command('worker', 'Run workers: processes that claim flows and run their actions', [
    'flowbeat worker --handlers ./handlers.js',
    'flowbeat worker --local -n 4 --handlers ./handlers.js --places 8',
    'flowbeat worker --stack flowbeat --queue gpu --handlers ./handlers.js',
    'flowbeat worker --store dynamodb --table flowbeat --handlers ./handlers.js',
    'flowbeat worker --stack flowbeat --handlers ./handlers.js --service systemd',
  ])
    .addOption(new Option('--store <kind>', 'where the state is (default: sqlite)').choices(['sqlite', 'dynamodb']))
    .option('--stack <name>', 'work for the installation on AWS with this name; FLOWBEAT_STACK sets it too')
    .option('--local', 'work on the state file of a server on this machine (what --store sqlite means)')
    .option('--file <path>', 'the state file (default: ./.flowbeat/state.db)')
    .option('--table <name>', 'the DynamoDB table (default: flowbeat)')
    .option('--queue-prefix <text>', "what the SQS queues' names begin with (default: flowbeat-)")
    .option('--bucket <name>', 'the S3 bucket of large values; in the table where absent')
    .option('--event-bus <name>', 'the EventBridge bus that outcomes of runs go to')
    .addOption(chunkTimeoutOption())
    .option('--handlers <module>', 'a module that exports handlers; may be repeated', repeated)
    .option('-n, --number <processes>', 'how many worker processes', wholeNumber(1, 256), 1)
    .option('--places <number>', 'how many flows each runs at a time (taskPoolSize)', wholeNumber(1, 10_000), 2)
    .option(
      '--prefetch <number>',
      'how many messages each holds ahead of its places; 0: none, they wait in the shared queue (taskQueueSize)',
      wholeNumber(0),
      0,
    )
    .option('--queue <name>', 'a queue that it pulls from; may be repeated; all queues where absent', repeated)
    .option('--name <text>', 'the name it is listed under; made of host and process where absent')
    .addOption(windowOption())
    .addOption(
      new Option('--drain <time>', 'how long a stop waits for the actions that run')
        .argParser(timeExpression)
        .default(30_000, '+30s'),
    )
    .option(
      '--health-port <port>',
      'answer GET /health on this port (200 while its lease is proven, else 503)',
      wholeNumber(0, 65_535),
    )
    .option('--json', 'say what happens as JSON, one object a line')
    .addOption(
      new Option(
        '--service <kind>',
        'print what makes this command a service, instead of running it: a unit of systemd, or a configuration of WinSW for Windows',
      ).choices(SERVICE_KINDS),
    )
    .action(async (given: Given, { parent }: Command) => {
      if (given.service) {
        // What could not start is not printed; a stack is looked for where the service runs.
        if (stackOf(given, session.terminal.env) === undefined) await placeOf(given, session.terminal.env);
        return session.terminal.write(serviceOf(session, given, given.service, parent?.args ?? []));
      }
      const { store, windowMs } = await placeOf(given, session.terminal.env);
      session.exit = await session.launchers.worker({
        store,
        handlers: given.handlers ?? [],
        count: given.number,
        places: given.places,
        prefetch: given.prefetch,
        queues: given.queue ?? [],
        drainMs: given.drain,
        json: given.json ?? false,
        ...(given.healthPort === undefined ? {} : { healthPort: given.healthPort }),
        ...(given.name === undefined ? {} : { name: given.name }),
        ...(windowMs === undefined ? {} : { windowMs }),
      });
    });

/** The same command line, without the wish for a service, as one. */
function serviceOf({ launchers, terminal }: Session, given: Given, kind: ServiceKind, argv: readonly string[]): string {
  const args = argv.filter(
    (arg, i) => !(arg === '--service' || arg.startsWith('--service=') || argv[i - 1] === '--service'),
  );
  return serviceText(kind, {
    command: [...launchers.command, ...args],
    folder: process.cwd(),
    writes: given.file === undefined ? [] : [dirname(resolve(given.file))],
    environment: keptOf(terminal.env),
    drainMs: given.drain,
  });
}

interface Place {
  readonly store: StoreChoice;
  readonly windowMs: number | undefined;
}

const isHere = ({ store, local, file }: Given): boolean => store === 'sqlite' || local === true || file !== undefined;

const isThere = ({ table, queuePrefix, bucket, eventBus }: Given): boolean =>
  [table, queuePrefix, bucket, eventBus].some((one) => one !== undefined);

/** The stack that says where the state is; undefined where something else does. */
function stackOf(given: Given, env: Terminal['env']): string | undefined {
  const { store, stack } = given;
  return (
    stack ?? (store === undefined && !isHere(given) && !isThere(given) ? env.FLOWBEAT_STACK || undefined : undefined)
  );
}

async function placeOf(given: Given, env: Terminal['env']): Promise<Place> {
  const { store, local, file, table, queuePrefix, bucket, eventBus, chunkTimeout, window } = given;
  const chunks = chunkTimeout === undefined ? {} : { chunkTimeoutMs: chunkTimeout };
  const named = stackOf(given, env);
  if (named !== undefined) {
    if (store !== undefined || isHere(given) || isThere(given))
      throw badInput(
        '--stack says where the state is: leave --store, --local, --file, --table, --queue-prefix, --bucket and --event-bus out.',
      );
    const { stackStore } = await import('#cli/aws/stack-store');
    const found = await stackStore(named);
    return { store: { ...found.store, ...chunks }, windowMs: window ?? found.windowMs };
  }
  if (store !== 'dynamodb') {
    if (chunkTimeout !== undefined) throw badInput('--chunk-timeout is for values in a bucket: a state file has none.');
    return { store: { kind: 'sqlite', file: presentFile(file ?? './.flowbeat/state.db') }, windowMs: window };
  }
  if (local || file !== undefined)
    throw badInput('--local and --file go with a state file, not with --store dynamodb. Leave one out.');
  const aws: StoreChoice = {
    kind: 'dynamodb',
    table: table ?? 'flowbeat',
    queuePrefix: queuePrefix ?? 'flowbeat-',
    ...(bucket === undefined ? {} : { bucket }),
    ...(eventBus === undefined ? {} : { eventBus }),
    ...chunks,
    ...(env.FLOWBEAT_ADVANCE === '1' ? { functions: true } : {}),
  };
  return { store: aws, windowMs: window };
}

/** A worker over a new state file would wait for ever for what a server puts into another one. */
function presentFile(file: string): string {
  if (existsSync(file)) return file;
  throw badInput(
    `There is no state file ${file}. Name another with --file, or make it: flowbeat serve --file ${file}.`,
  );
}

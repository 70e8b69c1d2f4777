import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { windowOption } from '#cli/commands/serve';
import { badInput } from '#cli/exit';
import type { StoreChoice } from '#cli/launchers';
import { repeated, wholeNumber } from '#cli/options/number';
import { timeExpression } from '#cli/options/time-expression';
import { command, type Session } from '#cli/session';

interface Given {
  readonly store: 'sqlite' | 'dynamodb';
  readonly local?: boolean;
  readonly file?: string;
  readonly table: string;
  readonly queuePrefix: string;
  readonly handlers?: readonly string[];
  readonly number: number;
  readonly places: number;
  readonly prefetch: number;
  readonly queue?: readonly string[];
  readonly name?: string;
  readonly window?: number;
  readonly drain: number;
  readonly json?: boolean;
}

/** `flowbeat worker`. */
export const workerCommand = (session: Session): Command =>
  command('worker', 'Run workers: processes that claim flows and run their actions', [
    'flowbeat worker --handlers ./handlers.js',
    'flowbeat worker --local -n 4 --handlers ./handlers.js --places 8',
    'flowbeat worker --store dynamodb --table flowbeat --queue gpu --handlers ./handlers.js',
  ])
    .addOption(new Option('--store <kind>', 'where the state is').choices(['sqlite', 'dynamodb']).default('sqlite'))
    .option('--local', 'work on the state file of a server on this machine (what --store sqlite means)')
    .option('--file <path>', 'the state file (default: ./.flowbeat/state.db)')
    .option('--table <name>', 'the DynamoDB table', 'flowbeat')
    .option('--queue-prefix <text>', "what the SQS queues' names begin with", 'flowbeat-')
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
    .option('--json', 'say what happens as JSON, one object a line')
    .action(async (given: Given) => {
      session.exit = await session.launchers.worker({
        store: storeOf(given),
        handlers: given.handlers ?? [],
        count: given.number,
        places: given.places,
        prefetch: given.prefetch,
        queues: given.queue ?? [],
        drainMs: given.drain,
        json: given.json ?? false,
        ...(given.name === undefined ? {} : { name: given.name }),
        ...(given.window === undefined ? {} : { windowMs: given.window }),
      });
    });

function storeOf({ store, local, file, table, queuePrefix }: Given): StoreChoice {
  if (store === 'sqlite') return { kind: 'sqlite', file: presentFile(file ?? './.flowbeat/state.db') };
  if (local || file !== undefined)
    throw badInput('--local and --file go with a state file, not with --store dynamodb. Leave one out.');
  return { kind: 'dynamodb', table, queuePrefix };
}

/** A worker over a new state file would wait for ever for what a server puts into another one. */
function presentFile(file: string): string {
  if (existsSync(file)) return file;
  throw badInput(
    `There is no state file ${file}. Name another with --file, or make it: flowbeat serve --file ${file}.`,
  );
}

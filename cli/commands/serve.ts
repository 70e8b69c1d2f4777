import { type Command, Option } from 'commander';
import type { ServeOptions } from '#cli/launchers';
import { repeated, wholeNumber } from '#cli/options/number';
import { timeExpression } from '#cli/options/time-expression';
import { command, type Session } from '#cli/session';
import { boundRanges } from '#engine/chart/bounds';
import { type Bounds, defaultBounds } from '#engine/jsonata/meter';

interface Given {
  readonly host: string;
  readonly port: number;
  readonly file: string;
  readonly handlers?: readonly string[];
  readonly charts?: readonly string[];
  readonly worker: boolean;
  readonly places: number;
  readonly queue?: readonly string[];
  readonly window?: number;
  readonly expressionFuel?: number;
  readonly expressionDepth?: number;
  readonly expressionSize?: number;
  readonly json?: boolean;
}

/** `flowbeat dev`. */
export const devCommand = (session: Session): Command =>
  serverCommand(
    session,
    'dev',
    'Run server and worker in one process, and reload charts and handlers when they change',
    [
      'flowbeat dev --handlers ./handlers.ts',
      'flowbeat dev --handlers ./handlers.ts --charts report.yaml --charts nightly.yaml',
    ],
  );

/** `flowbeat serve`. */
export const serveCommand = (session: Session): Command =>
  serverCommand(session, 'serve', 'Run server and worker in one process for production', [
    'flowbeat serve --handlers ./handlers.js --file /var/lib/flowbeat/state.db --places 100',
    'flowbeat serve --no-worker --host 0.0.0.0 --port 8080',
    'flowbeat serve --handlers ./handlers.js --window +10s',
  ]);

function serverCommand(
  session: Session,
  mode: 'dev' | 'serve',
  description: string,
  examples: readonly string[],
): Command {
  return command(mode, description, examples)
    .option('--host <address>', 'the address to listen on; loopback unless you say otherwise', '127.0.0.1')
    .option('--port <number>', 'the port to listen on; 0 takes any free one', wholeNumber(0, 65_535), 7420)
    .option('--file <path>', 'the state file; made where there is none', './.flowbeat/state.db')
    .option('--handlers <module>', 'a module that exports handlers; may be repeated', repeated)
    .option('--charts <file>', 'a chart to store at the start; may be repeated', repeated)
    .option('--no-worker', 'run no flows here; leave them to other workers')
    .option('--places <number>', 'how many flows the worker in this process runs at a time', wholeNumber(1, 10_000), 10)
    .option('--queue <name>', 'a queue that it pulls from; may be repeated; all queues where absent', repeated)
    .addOption(windowOption())
    .addOption(boundOption('fuel', 'how many steps'))
    .addOption(boundOption('depth', 'how many nested nodes'))
    .addOption(boundOption('size', 'how many characters of a text or items of an array'))
    .option('--json', 'say what happens as JSON, one object a line')
    .action(async (given: Given) => {
      const { host, port, file, handlers, charts, worker, places, queue, window, json } = given;
      const options: ServeOptions = {
        mode,
        host,
        port,
        file,
        handlers: handlers ?? [],
        charts: charts ?? [],
        worker,
        places,
        queues: queue ?? [],
        json: json ?? false,
        ...(window === undefined ? {} : { windowMs: window }),
        ...boundsOf(given),
      };
      session.exit = await session.launchers.serve(options);
    });
}

const boundsOf = ({ expressionFuel: fuel, expressionDepth: depth, expressionSize: size }: Given) =>
  fuel === undefined && depth === undefined && size === undefined ? {} : { bounds: { fuel, depth, size } };

/** `--expression-fuel` and so on. */
const boundOption = (bound: keyof Bounds, what: string): Option => {
  const { least, most } = boundRanges[bound];
  return new Option(
    `--expression-${bound} <number>`,
    `${what} an expression of the charts that are stored may take; ${defaultBounds[bound]} where absent`,
  ).argParser(wholeNumber(least, most));
};

/** `--window`, the same for server and worker. */
export const windowOption = (): Option =>
  new Option(
    '--window <time>',
    'the failover window: how long a worker may be silent before its flows are taken over',
  ).argParser(timeExpression);

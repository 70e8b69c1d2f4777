import { Command, Option } from 'commander';
import { chartPath } from '#cli/client';
import { showHistory } from '#cli/commands/run-history';
import { cancelRun, type RunOptions, redriveRun } from '#cli/commands/run-operations';
import { showRun } from '#cli/commands/run-show';
import { chunkTimeoutOption } from '#cli/options/chunk-timeout';
import { readInput } from '#cli/options/input';
import { wholeNumber } from '#cli/options/number';
import { runName } from '#cli/options/run-name';
import { statusText } from '#cli/render/style';
import { table } from '#cli/render/table';
import { ago, duration } from '#cli/render/time';
import { clientOf, command, print, type RemoteOptions, remote, type Session } from '#cli/session';
import { withUploadedInput } from '#cli/upload-input';
import { watchRun } from '#cli/watch-run';
import type { RunPage, RunStarted, RunStatus, RunSummary, StartRun } from '#http/contract/run';

const STATUSES: readonly RunStatus[] = ['Running', 'Parked', 'Succeeded', 'Failed', 'TimedOut', 'Cancelled'];

/** `flowbeat runs`. */
export function runsCommand(session: Session): Command {
  const runs = new Command('runs').description('Start, show, watch and steer runs');
  const add = (built: Command) => runs.addCommand(remote(built));
  add(startCommand(session));
  add(listCommand(session));
  add(
    command('show', 'Show a run: its status, its flows, and with --log what its handlers logged', [
      'flowbeat runs show report:monday',
      'flowbeat runs show report:monday --log',
    ])
      .argument('<run>', 'the run, as <chart>:<name>', runName)
      .option('--log', 'show what the handlers logged')
      .option('--flows <number>', 'show at most so many flows', wholeNumber(0, 1000), 20)
      .action((run: string, options: Parameters<typeof showRun>[2]) => showRun(session, run, options)),
  );
  add(
    command('watch', 'Watch a run until it ends; exit code 0 if it succeeded, 1 if not', [
      'flowbeat runs watch report:monday',
      'flowbeat runs watch report:monday --json | jq .event.type',
    ])
      .argument('<run>', 'the run, as <chart>:<name>', runName)
      .action(async (run: string, options: RemoteOptions) => {
        session.exit = await watchRun(await clientOf(session, options), run, session.terminal, options.json);
      }),
  );
  add(
    command('history', 'Show every event of a run', [
      'flowbeat runs history report:monday',
      'flowbeat runs history report:monday --json > history.json',
      'flowbeat runs history report:monday --limit 100',
    ])
      .argument('<run>', 'the run, as <chart>:<name>', runName)
      .option('--limit <number>', 'show at most so many events; all of them where absent', wholeNumber(1))
      .action((run: string, options: Parameters<typeof showHistory>[2]) => showHistory(session, run, options)),
  );
  add(
    command('cancel', 'Cancel a run: its actions are aborted and it ends as Cancelled', [
      'flowbeat runs cancel report:monday',
      'flowbeat runs cancel report:monday --error Obsolete --cause "The order was withdrawn"',
    ])
      .argument('<run>', 'the run, as <chart>:<name>', runName)
      .option('--error <name>', "the error's name that the run ends with")
      .option('--cause <text>', 'why')
      .action((run: string, options: RunOptions) => cancelRun(session, run, options)),
  );
  add(
    command(
      'redrive',
      'Redrive a run that did not succeed: it goes on from the state that failed, a parked flow from its last break',
      ['flowbeat runs redrive report:monday --watch'],
    )
      .argument('<run>', 'the run, as <chart>:<name>', runName)
      .option('--watch', 'watch it until it ends')
      .action((run: string, options: RunOptions) => redriveRun(session, run, options)),
  );
  return runs;
}

interface StartOptions extends RemoteOptions {
  readonly name?: string;
  readonly version?: number;
  readonly input?: string;
  readonly idempotencyKey?: string;
  readonly chunkTimeout?: number;
  readonly watch?: boolean;
}

const startCommand = (session: Session): Command =>
  command('start', 'Start a run of a chart', [
    'flowbeat runs start report --watch',
    'flowbeat runs start report --name monday --input \'{"day":"monday"}\'',
    'flowbeat runs start report --input input.json',
    'jq . orders.json | flowbeat runs start report --input -',
  ])
    .argument('<chart>', 'the name of the chart')
    .option('--name <name>', "the run's name: a start repeated with the same name and input returns the same run")
    .option('--version <number>', "the chart's version; the newest where absent", wholeNumber(1))
    .option('--input <file|-|json>', 'the input: a file, "-" for standard input, or JSON; {} where absent')
    .option('--idempotency-key <key>', 'makes the start repeatable without a name')
    .addOption(chunkTimeoutOption())
    .option('--watch', 'watch it until it ends; exit code 0 if it succeeded, 1 if not')
    .action((chart: string, options: StartOptions) => startRun(session, chart, options));

async function startRun(session: Session, chart: string, options: StartOptions): Promise<void> {
  const client = await clientOf(session, options);
  const input = await readInput(options.input, session.terminal);
  const json: StartRun = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(input === undefined ? {} : { input }),
  };
  const { idempotencyKey: key } = options;
  const { body } = await client.call<RunStarted>(`${chartPath(chart)}/runs`, {
    method: 'POST',
    json: await withUploadedInput(client, json, options.chunkTimeout),
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });
  if (options.watch) {
    session.exit = await watchRun(client, body.run, session.terminal, options.json);
    return;
  }
  print(session, options.json, body, () => [
    body.created ? `${body.run} is started.` : `${body.run} was started before, at ${body.startedAt}.`,
    session.style('dim', `Watch it: flowbeat runs watch ${body.run}`),
  ]);
}

interface ListOptions extends RemoteOptions {
  readonly chart?: string;
  readonly status?: RunStatus;
  readonly limit: number;
  readonly cursor?: string;
}

const noRuns = ({ chart, status, cursor }: ListOptions): string =>
  chart === undefined && status === undefined && cursor === undefined
    ? 'There are no runs. Start one: flowbeat runs start <chart>'
    : 'There are no such runs.';

const listCommand = (session: Session): Command =>
  command('list', 'List runs, newest first', [
    'flowbeat runs list',
    'flowbeat runs list --chart report --status Failed',
    "flowbeat runs list --limit 1000 --json | jq -r '.items[].run'",
  ])
    .option('--chart <name>', 'only runs of this chart')
    .addOption(new Option('--status <status>', 'only runs in this status').choices(STATUSES))
    .option('--limit <number>', 'at most so many', wholeNumber(1, 1000), 20)
    .option('--cursor <text>', 'go on after the page before')
    .action((options: ListOptions) => listRuns(session, options));

async function listRuns(session: Session, options: ListOptions): Promise<void> {
  const { terminal, style } = session;
  const { chart, status, limit, cursor } = options;
  const { body } = await (await clientOf(session, options)).call<RunPage>('/v1/runs', {
    query: { chart, status, limit, cursor },
  });
  const now = terminal.now();
  print(session, options.json, body, () => [
    ...(body.items.length === 0
      ? [noRuns(options)]
      : table<RunSummary>(
          body.items,
          [
            { title: 'RUN', text: ({ run }) => run, gives: true },
            {
              title: 'STATUS',
              text: (run) => run.status,
              paint: (text, run) => text.replace(run.status, statusText(run.status, style)),
            },
            { title: 'VERSION', text: ({ version }) => String(version), right: true },
            { title: 'STARTED', text: ({ startedAt }) => ago(startedAt, now) },
            {
              title: 'TOOK',
              text: ({ startedAt, endedAt }) => duration((endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt)),
              right: true,
            },
            { title: 'REDRIVES', text: ({ redrives }) => (redrives > 0 ? String(redrives) : ''), right: true },
          ],
          style,
          terminal.size()?.columns,
        )),
    ...(body.cursor === undefined ? [] : [style('dim', `There are more: --cursor ${body.cursor}`)]),
  ]);
}

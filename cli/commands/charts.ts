import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { chartPath } from '#cli/client';
import { testStateCommand } from '#cli/commands/test-state';
import { validateCommand } from '#cli/commands/validate';
import { badInput } from '#cli/exit';
import { wholeNumber } from '#cli/options/number';
import { chartLines } from '#cli/render/chart-lines';
import { table } from '#cli/render/table';
import { ago } from '#cli/render/time';
import { clientOf, command, print, type RemoteOptions, remote, type Session } from '#cli/session';
import { checkFiles } from '#cli/validate-files';
import type { ChartDetail, ChartList, ChartPut, ChartSummary } from '#http/contract/chart';

/** `flowbeat charts`. */
export function chartsCommand(session: Session): Command {
  const charts = new Command('charts').description('Store, show, check and test charts');

  const put = command('put', 'Store charts; a changed one makes a new version', [
    'flowbeat charts put report.yaml',
    'flowbeat charts put charts/*.yaml',
    'flowbeat charts put asl.json --name report',
  ])
    .argument('<file...>', 'chart files, YAML or JSON; nothing is stored unless all are valid')
    .option('--name <name>', 'the name to store it under; that of the envelope, or of the file, where absent');
  charts.addCommand(remote(put).action((files: string[], options: PutOptions) => putCharts(session, files, options)));

  const list = command('list', 'List the charts', ['flowbeat charts list']);
  charts.addCommand(remote(list).action((options: RemoteOptions) => listCharts(session, options)));

  const show = command('show', 'Show a chart', [
    'flowbeat charts show report',
    'flowbeat charts show report --version 2 --json',
  ])
    .argument('<chart>')
    .option('--version <number>', 'the version; the newest where absent', wholeNumber(1));
  charts.addCommand(remote(show).action((chart: string, options: ShowOptions) => showChart(session, chart, options)));

  const remove = command('delete', 'Delete a chart: no run of it can be started any more; those that run go on', [
    'flowbeat charts delete report',
  ]).argument('<chart>');
  charts.addCommand(
    remote(remove).action((chart: string, options: RemoteOptions) => deleteChart(session, chart, options)),
  );
  charts.addCommand(validateCommand(session, 'charts validate'));
  charts.addCommand(testStateCommand(session));
  return charts;
}

interface PutOptions extends RemoteOptions {
  readonly name?: string;
}

interface ShowOptions extends RemoteOptions {
  readonly version?: number;
}

async function putCharts(session: Session, files: readonly string[], options: PutOptions): Promise<void> {
  if (options.name !== undefined && files.length > 1) throw badInput('--name names one chart: give one file with it.');
  const client = await clientOf(session, options);
  const checked = await checkFiles(files);
  checked.refuse('Nothing was stored.');
  const stored: ChartPut[] = [];
  for (const file of files) {
    const text = {
      body: readFileSync(file, 'utf8'),
      type: /\.json$/i.test(file) ? 'application/json' : 'application/yaml',
    };
    const name = options.name ?? checked.nameOf(file);
    const { body } = await client.call<ChartPut>(chartPath(name), { method: 'PUT', text });
    stored.push(body);
  }
  print(session, options.json, { items: stored }, () =>
    stored.map(({ name, version, created }) => `${name} v${version} ${created ? 'stored' : 'is unchanged'}`),
  );
}

async function listCharts(session: Session, options: RemoteOptions): Promise<void> {
  const { terminal, style } = session;
  const { body } = await (await clientOf(session, options)).call<ChartList>('/v1/charts');
  print(session, options.json, body, () =>
    body.items.length === 0
      ? ['There are no charts. Store one: flowbeat charts put report.yaml']
      : table<ChartSummary>(
          body.items,
          [
            { title: 'CHART', text: ({ name }) => name, gives: true },
            { title: 'VERSION', text: ({ version }) => String(version), right: true },
            { title: 'STORED', text: ({ createdAt }) => ago(createdAt, terminal.now()) },
            { title: 'HASH', text: ({ hash }) => hash.slice(0, 12) },
          ],
          style,
          terminal.size()?.columns,
        ),
  );
}

async function showChart(session: Session, chart: string, options: ShowOptions): Promise<void> {
  const { body } = await (await clientOf(session, options)).call<ChartDetail>(chartPath(chart), {
    query: { version: options.version },
  });
  print(session, options.json, body, () => chartLines(body, session.style, session.terminal.size()?.columns));
}

async function deleteChart(session: Session, chart: string, options: RemoteOptions): Promise<void> {
  await (await clientOf(session, options)).call(chartPath(chart), { method: 'DELETE' });
  print(session, options.json, { deleted: chart }, () => [`${chart} is deleted. Runs of it that have started go on.`]);
}

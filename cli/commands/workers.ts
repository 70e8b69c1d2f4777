import { Command } from 'commander';
import { statusText } from '#cli/render/style';
import { type Column, table } from '#cli/render/table';
import { ago, duration } from '#cli/render/time';
import { clientOf, command, print, type RemoteOptions, remote, type Session } from '#cli/session';
import type { DiscoveryView, HostView, WorkerList, WorkerView } from '#http/contract/worker';

interface Given extends RemoteOptions {
  readonly discover?: boolean;
}

/** `flowbeat workers`. */
export function workersCommand(session: Session): Command {
  const workers = new Command('workers').description('Show the workers');
  const list = command('list', 'List the workers with what they hold', [
    'flowbeat workers list',
    'flowbeat workers list --json',
    'flowbeat workers list --discover --stack flowbeat',
  ]);
  list.option(
    '--discover',
    'list also the hosts that should have a worker and have none, and where each answers for its health',
  );
  workers.addCommand(remote(list).action((options: Given) => listWorkers(session, options)));
  return workers;
}

async function listWorkers(session: Session, options: Given): Promise<void> {
  const query = options.discover ? { discover: 'true' } : {};
  const { body } = await (await clientOf(session, options)).call<WorkerList>('/v1/workers', { query });
  const { items, discovery } = body;
  print(session, options.json, body, () => [
    ...(items.length === 0
      ? ['There are no workers. Start one: flowbeat worker --handlers ./handlers.js']
      : lines(session, items, [...columnsOf(session), ...(options.discover ? [HEALTH] : [])])),
    ...skewLines(items),
    ...voteLines(session, items),
    ...(discovery ? ['', ...hostLines(session, discovery)] : []),
  ]);
}

const lines = <Row>({ terminal, style }: Session, rows: readonly Row[], columns: readonly Column<Row>[]): string[] =>
  table(rows, columns, style, terminal.size()?.columns);

const columnsOf = ({ terminal, style }: Session): readonly Column<WorkerView>[] => [
  { title: 'WORKER', text: ({ worker }) => worker, gives: true },
  {
    title: 'STATUS',
    text: ({ status }) => status,
    paint: (text, { status }) => text.replace(status, statusText(status, style)),
  },
  { title: 'KIND', text: ({ kind }) => kind },
  { title: 'HOST', text: ({ host, pid }) => (pid === undefined ? host : `${host}:${pid}`), gives: true },
  { title: 'PLACE', text: ({ platform }) => place(platform), gives: true },
  { title: 'FLOWS', text: ({ flows, places }) => `${flows.length}/${places}`, right: true },
  { title: 'WINDOW', text: ({ windowMs }) => duration(windowMs), right: true },
  { title: 'BEAT', text: ({ beatAt }) => ago(beatAt, terminal.now()) },
  { title: 'UP', text: ({ startedAt }) => duration(terminal.now() - Date.parse(startedAt)), right: true },
  { title: 'QUEUES', text: ({ queues }) => queues.join(',') || 'all', gives: true },
  { title: 'ACTIVITIES', text: ({ activities }) => activities.join(',') || '-', gives: true },
];

const HEALTH: Column<{ readonly health?: string | undefined }> = {
  title: 'HEALTH',
  text: ({ health }) => health ?? '-',
};

/** Whose clock is off. */
const skewLines = (workers: readonly WorkerView[]): string[] =>
  workers.flatMap(({ worker, skewMs }) =>
    skewMs === undefined
      ? []
      : [
          `The clock of ${worker} is ${duration(Math.abs(skewMs))} or more ${skewMs > 0 ? 'ahead of' : 'behind'} AWS's.`,
        ],
  );

/** What speaks for the death of workers that are not taken for dead yet. */
function voteLines({ terminal }: Session, workers: readonly WorkerView[]): string[] {
  const doubted = workers.filter(({ condemned, votes }) => !condemned && votes);
  return doubted.flatMap(({ worker, votes = [] }) =>
    votes.map(
      ({ text, by, at }) =>
        `${worker} may be dead, by one sign of the two that are needed: ${text} (${by}, ${ago(at, terminal.now())})`,
    ),
  );
}

/** The hosts without a worker, or a sentence where there is none. */
function hostLines(session: Session, { at, hosts, note }: DiscoveryView): string[] {
  const now = session.terminal.now();
  if (at === undefined) return [note ?? 'No platform was asked for hosts.'];
  if (hosts.length === 0) return [`Every host that should have a worker has one (asked ${ago(at, now)}).`];
  const without: readonly Column<HostView>[] = [
    { title: 'HOST WITHOUT A WORKER', text: place },
    { title: 'SINCE', text: ({ since }) => ago(since, now) },
    HEALTH,
  ];
  return lines(session, hosts, without);
}

/** The task or instance by its short name, its zone, and whether it may be taken away at any time. */
function place(platform: WorkerView['platform']): string {
  const host = platform?.taskArn?.split('/').at(-1) ?? platform?.instanceId;
  return [host, platform?.zone, platform?.lifeCycle === 'spot' ? 'spot' : undefined].filter(Boolean).join(' ') || '-';
}

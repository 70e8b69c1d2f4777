import { Command } from 'commander';
import { statusText } from '#cli/render/style';
import { table } from '#cli/render/table';
import { ago, duration } from '#cli/render/time';
import { clientOf, command, print, type RemoteOptions, remote, type Session } from '#cli/session';
import type { WorkerList, WorkerView } from '#http/contract/worker';

/** `flowbeat workers`. */
export function workersCommand(session: Session): Command {
  const workers = new Command('workers').description('Show the workers');
  const list = command('list', 'List the workers with what they hold', [
    'flowbeat workers list',
    'flowbeat workers list --json',
  ]);
  workers.addCommand(remote(list).action((options: RemoteOptions) => listWorkers(session, options)));
  return workers;
}

async function listWorkers(session: Session, options: RemoteOptions): Promise<void> {
  const { terminal, style } = session;
  const { body } = await (await clientOf(session, options)).call<WorkerList>('/v1/workers');
  print(session, options.json, body, () =>
    body.items.length === 0
      ? ['There are no workers. Start one: flowbeat worker --handlers ./handlers.js']
      : table<WorkerView>(
          body.items,
          [
            { title: 'WORKER', text: ({ worker }) => worker, gives: true },
            {
              title: 'STATUS',
              text: ({ status }) => status,
              paint: (text, { status }) => text.replace(status, statusText(status, style)),
            },
            { title: 'KIND', text: ({ kind }) => kind },
            { title: 'HOST', text: ({ host, pid }) => (pid === undefined ? host : `${host}:${pid}`), gives: true },
            { title: 'PLACE', text: place, gives: true },
            { title: 'FLOWS', text: ({ flows, places }) => `${flows.length}/${places}`, right: true },
            { title: 'WINDOW', text: ({ windowMs }) => duration(windowMs), right: true },
            { title: 'BEAT', text: ({ beatAt }) => ago(beatAt, terminal.now()) },
            { title: 'UP', text: ({ startedAt }) => duration(terminal.now() - Date.parse(startedAt)), right: true },
            { title: 'QUEUES', text: ({ queues }) => queues.join(',') || 'all', gives: true },
            { title: 'ACTIVITIES', text: ({ activities }) => activities.join(',') || '-', gives: true },
          ],
          style,
          terminal.size()?.columns,
        ),
  );
}

/** The task or instance by its short name, its zone, and whether it may be taken away at any time. */
function place({ platform }: WorkerView): string {
  const host = platform?.taskArn?.split('/').at(-1) ?? platform?.instanceId;
  return [host, platform?.zone, platform?.lifeCycle === 'spot' ? 'spot' : undefined].filter(Boolean).join(' ') || '-';
}

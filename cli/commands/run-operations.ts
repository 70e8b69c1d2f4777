import { runPath } from '#cli/client';
import { clientOf, print, type RemoteOptions, type Session } from '#cli/session';
import { watchRun } from '#cli/watch-run';
import type { RunSummary } from '#http/contract/run';

/** What cancel and redrive take. */
export interface RunOptions extends RemoteOptions {
  readonly error?: string;
  readonly cause?: string;
  readonly watch?: boolean;
}

/** `flowbeat runs cancel`. */
export async function cancelRun(session: Session, run: string, options: RunOptions): Promise<void> {
  const { error, cause } = options;
  await (await clientOf(session, options)).call(`${runPath(run)}:cancel`, {
    method: 'POST',
    json: { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) },
  });
  print(session, options.json, { run, cancelling: true }, () => [
    `${run} will be cancelled: the order is stored and survives a crash. See it end: flowbeat runs watch ${run}`,
  ]);
}

/** `flowbeat runs redrive`. */
export async function redriveRun(session: Session, run: string, options: RunOptions): Promise<void> {
  const client = await clientOf(session, options);
  const { body } = await client.call<RunSummary>(`${runPath(run)}:redrive`, { method: 'POST' });
  if (options.watch) {
    session.exit = await watchRun(client, run, session.terminal, options.json, body.redrives);
    return;
  }
  const nth = body.redrives > 0 ? ` (redrive ${body.redrives})` : '';
  print(session, options.json, body, () => [`${run} goes on from where it stopped${nth}.`]);
}

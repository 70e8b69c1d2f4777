import { Command } from 'commander';
import { ago } from '#cli/render/time';
import { clientOf, command, print, type RemoteOptions, remote, type Session } from '#cli/session';
import type { BrakeView } from '#http/contract/brake';

const PATH = '/v1/brake';

/** `flowbeat brake`. */
export function brakeCommand(session: Session): Command {
  const brake = new Command('brake').description(
    'Stop, and let go on, what the installation does by itself about workers that seem dead',
  );
  const show = command('show', 'Show whether the brake is on, since when and why', ['flowbeat brake show']);
  brake.addCommand(remote(show).action((options: RemoteOptions) => showBrake(session, options)));
  const set = command(
    'set',
    'Set the brake: nobody is condemned and nothing is taken over; runs, waits and schedules go on',
    ['flowbeat brake set "half the workers are out of reach: is it the network?"'],
  ).argument('<reason>', 'why, for the next person who looks');
  brake.addCommand(
    remote(set).action(async (reason: string, options: RemoteOptions) => {
      await (await clientOf(session, options)).call(PATH, { method: 'PUT', json: { reason } });
      await showBrake(session, options);
    }),
  );
  const release = command('release', 'Release the brake: what is dead is taken over from', ['flowbeat brake release']);
  brake.addCommand(
    remote(release).action(async (options: RemoteOptions) => {
      await (await clientOf(session, options)).call(PATH, { method: 'DELETE' });
      await showBrake(session, options);
    }),
  );
  return brake;
}

async function showBrake(session: Session, options: RemoteOptions): Promise<void> {
  const { body } = await (await clientOf(session, options)).call<BrakeView>(PATH);
  print(session, options.json, body, () => [
    body.on && body.at !== undefined
      ? `The brake is on, set ${ago(body.at, session.terminal.now())}: ${body.reason}`
      : 'The brake is off: workers that die are taken over from.',
  ]);
}

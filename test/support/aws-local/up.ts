import { Cdk } from '#test/support/aws-local/cdk';
import { type Installation, installationOf } from '#test/support/aws-local/installation';
import { startMiniStack } from '#test/support/aws-local/mini-stack';
import type { Place } from '#test/support/aws-local/place';
import { note, type Running } from '#test/support/aws-local/record';
import { EMULATED_ACCOUNT, type Target } from '#test/support/aws-local/target';

/** What is brought up where. */
export interface Up {
  readonly place: Place;
  /** Where to; a MiniStack of its own where absent. */
  readonly target?: Target;
  readonly say: (text: string) => void;
}

/** An installation that runs. */
export interface Deployed extends Installation {
  readonly target: Target;
  readonly running: Running;
}

/** Starts MiniStack where nothing else is named, and deploys the repository's app to it. What runs is noted as it comes, so that `takeDown` finds it. */
export async function bringUp({ place, target: named, say }: Up): Promise<Deployed> {
  place.make();
  const [target, server] = named ? [named, undefined] : await ownEmulator(place, say);
  const running: Running = { ...target, ...(server !== undefined && { server }) };
  note(place, running);
  const cdk = new Cdk(place, target);
  say(`Synthesizing the app and preparing ${target.endpoint ?? `account ${target.account}`} for CDK.`);
  // Neither is left alone when the other fails.
  const prepared = await Promise.allSettled([cdk.synthesize(), cdk.bootstrap()]);
  for (const one of prepared) if (one.status === 'rejected') throw one.reason;
  say('Deploying.');
  const installation = installationOf(await cdk.deploy(), target);
  const deployed = { ...running, api: installation.api };
  note(place, deployed);
  return { ...installation, target, running: deployed };
}

async function ownEmulator(place: Place, say: Up['say']): Promise<[Target, number]> {
  say('Starting MiniStack, an emulator of AWS (the first time it is installed, which takes 10 s).');
  const { endpoint, pid } = await startMiniStack(place);
  return [{ endpoint, account: EMULATED_ACCOUNT, region: 'us-east-1' }, pid];
}

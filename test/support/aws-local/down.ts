import { Cdk } from '#test/support/aws-local/cdk';
import type { Place } from '#test/support/aws-local/place';
import { lives, stop } from '#test/support/aws-local/program';
import { noted } from '#test/support/aws-local/record';

/** How long a worker may take to give back what it holds. */
const DRAIN_MS = 35_000;

/** What is taken away. */
export interface Down {
  readonly place: Place;
  readonly say: (text: string) => void;
  /** Whether MiniStack's Python goes too. */
  readonly purge?: boolean;
}

/** Ends the worker, destroys the stack, ends the emulator if it was started here, takes the files away. Repeatable, whatever came before. */
export async function takeDown({ place, say, purge = false }: Down): Promise<void> {
  const running = noted(place);
  if (running) {
    const { worker, server, endpoint, account, region } = running;
    if (worker !== undefined && lives(worker)) {
      say(`Stopping the worker (process ${worker}).`);
      await stop(worker, DRAIN_MS);
    }
    // What an emulator held is gone with it.
    if (server === undefined || lives(server)) {
      say('Destroying the stack.');
      const target = { account, region, ...(endpoint !== undefined && { endpoint }) };
      const destroyed = new Cdk(place, target).destroy();
      // An emulator of our own is ended either way, and what was not destroyed with it.
      await (server === undefined ? destroyed : destroyed.catch((error) => say(String(error))));
    }
    if (server !== undefined && lives(server)) {
      say(`Stopping MiniStack (process ${server}).`);
      await stop(server);
    }
  }
  place.clear(purge);
}

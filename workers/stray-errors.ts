import type { Announce } from '#workers/announce';

/**
 * What handlers leave behind outside of their calls. A rejection that nobody waits for has ended its own work and harms no other run, so it is told and
 * the process goes on (Node's own way is to end it, and the take-over would do the same again). After an exception that nobody caught nobody can tell what was
 * left half done: the process says why, and ends.
 */
export function onStrayErrors(announce: Announce): void {
  process.on('unhandledRejection', (reason) => {
    const text = `A promise was rejected that nobody waits for, most likely a handler's; await it there, so that its action fails: ${told(reason)}`;
    announce('strayRejection', text, { message: String(reason) });
  });
  process.on('uncaughtException', (error) => {
    const text = `An exception was thrown outside of any action, most likely by a timer or an event of a handler, so this process ends and its flows are taken over; of a handler that is isolate: 'thread' or 'process' only the action fails: ${told(error)}`;
    announce('strayError', text, { message: String(error) });
    process.exit(1);
  });
}

const told = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown));

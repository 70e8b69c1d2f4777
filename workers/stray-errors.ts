import type { Announce } from '#workers/announce';

/** Whether it was told why this process ends. */
let ending = false;

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
    ending = true;
    process.exit(1);
  });
}

/** Tells where a handler ends the process itself, from now until `release`, when the process may end as it should. */
export function onStrayExit(announce: Announce): { release(): void } {
  const tell = (code: number) => {
    if (ending) return;
    const text = `The process was ended from within, with exit code ${code}, most likely by a handler that calls process.exit. Its flows are taken over, and the same action would end the next process: have it throw instead, or make it isolate: 'process'.`;
    announce('strayExit', text, { code });
  };
  process.on('exit', tell);
  return { release: () => void process.off('exit', tell) };
}

const told = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown));

// The program of a process for isolated handlers: its worker is at the other end of the IPC channel.
import { failure } from '#actions/outcome';
import type { FromThread } from '#actions/thread/messages';
import { serveHandlers } from '#actions/thread/serve-handlers';

/** The most that one message may carry, in characters: what is larger belongs into a store of its own. */
const MAX_MESSAGE = 16 * 2 ** 20;
/** A handler may beat in a loop that never yields; more beats than these tell nothing. */
const BEAT_MS = 50;

let beatAt = Number.NEGATIVE_INFINITY;
/** The pipe is full: until the worker has read it, lines of the log are left out. */
let isFull = false;

function tell(message: FromThread): void {
  if (message.type === 'log' && isFull) return;
  if (message.type === 'beat') {
    if (performance.now() - beatAt < BEAT_MS) return;
    beatAt = performance.now();
  }
  isFull =
    process.send?.(bounded(message), () => {
      isFull = false;
    }) === false;
}

function bounded(message: FromThread): FromThread {
  if (JSON.stringify(message).length <= MAX_MESSAGE) return message;
  if (message.type === 'ended')
    return { type: 'ended', outcome: failure('States.DataLimitExceeded', 'The handler returned more than 16 MiB.') };
  if (message.type === 'ask') throw new RangeError('A checkpoint of more than 16 MiB cannot be saved.');
  return message.type === 'beat'
    ? { type: 'beat', details: undefined }
    : { ...message, text: 'A line of more than 16 MiB.' };
}

const hear = serveHandlers(tell);
process.on('message', (message) => {
  // The first beat of an action is told, however soon after the last one of another.
  beatAt = Number.NEGATIVE_INFINITY;
  void hear(message as Parameters<typeof hear>[0]);
});
// Nothing is to be done for a worker that is gone.
process.on('disconnect', () => process.exit());

// The program of a thread for isolated handlers.
import { parentPort } from 'node:worker_threads';
import { serveHandlers } from '#actions/thread/serve-handlers';

const port = parentPort;
if (port === null) throw new Error('This file is the program of a thread.');
port.on(
  'message',
  serveHandlers((message) => port.postMessage(message)),
);

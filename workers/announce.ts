import type { Telemetry } from '#ports/telemetry';

/** What a server or worker tells whoever started it: `text` for people, `fields` for programs. */
export type Announce = (event: string, text: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Tells by lines on standard output: sentences, or with `json` one object each. */
export function announceTo(json: boolean): Announce {
  // Whoever reads may have gone; a worker works on.
  process.stdout.on('error', () => {});
  return (event, text, fields = {}) => {
    process.stdout.write(
      json ? `${JSON.stringify({ event, at: new Date().toISOString(), ...fields })}\n` : `${text}\n`,
    );
  };
}

/** Of all that the protocol does, what an operator wants to hear of. */
const TOLD: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => string>> = {
  condemned: ({ worker, evidence }) => `Worker ${worker} is taken for dead (${evidence}).`,
  takenOver: ({ flow, fromWorker, term, status }) =>
    status === 'Parked'
      ? `${flow} was taken from ${fromWorker} and parked: its chart says failover: off. Redrive its run to let it go on.`
      : `Took over ${flow} from ${fromWorker} under term ${term}.`,
  leaseLost: ({ incarnation }) => `${incarnation} lost its lease; its handlers were aborted, and it starts over.`,
  startOverFailed: ({ message }) =>
    `This worker could not start over and works no more; end it and start it again: ${message}`,
  parked: ({ flow, claims }) =>
    `${flow} was parked: claimed ${claims} times without a commit. Redrive its run when its cause is gone.`,
  formatNewer: ({ flow, format, known }) =>
    `${flow} was written by a newer Flowbeat (format ${format}, this one knows ${known}) and is left to workers of that version.`,
  handleFailed: ({ code, message }) => `A message could not be dealt with and comes back (${code}): ${message}`,
  windowLow: ({ windowMs, latencyMs }) =>
    `The failover window of ${windowMs} ms is low for this store, whose writes take ${latencyMs} ms: on a bad day workers that live may be taken for dead.`,
  runEventFailed: ({ run, message }) => `The end of ${run} could not be told, and is not told again: ${message}`,
  receiveFailed: ({ code }) => `The queue could not be read and is read again (${code}).`,
  watchFailed: ({ message }) => `The other workers could not be looked at: ${message}`,
  dutiesFailed: ({ message }) => `A controller's duty failed and is repeated: ${message}`,
  fireFailed: ({ chart, slot, code }) => `The slot ${slot} of ${chart} could not be started (${code}).`,
  beatThreadDied: ({ message }) => `The thread that beats ended and is started again: ${message}`,
  askForSweepFailed: ({ message }) =>
    `The sweeper could not be asked to look at once; its rule calls it within a minute: ${message}`,
  hostFailed: ({ message }) => `What this worker's host was asked failed, and is asked again: ${message}`,
  requestFailed: ({ method, url, message }) => `${method} ${url} failed: ${message}`,
};

/**
 * Tells what an operator wants to hear of. Of each line `at` is the time; the state that a flow was taken over at, which the record of a take-over calls
 * so, is told as `state`, and its moment as every moment is.
 */
export function announcingTelemetry(announce: Announce): Telemetry {
  return {
    event(name, { at, when, ...fields }) {
      const text = TOLD[name]?.(fields);
      if (text === undefined) return;
      announce(name, text, {
        ...fields,
        ...(at !== undefined && { state: at }),
        ...(typeof when === 'number' && { when: new Date(when).toISOString() }),
      });
    },
  };
}

import { detailsOf, isFailedAttempt, stateStep, textOf } from '#cli/render/event-details';
import { cut, oneLine, type Style } from '#cli/render/style';
import { clock, duration } from '#cli/render/time';
import type { Json } from '#engine/json';
import type { HistoryEvent } from '#http/contract/history';

/** Events that a reader of a log wants (states that are done, failures, take-overs), one line each; the rest stays in the history. */
export function eventLine(event: HistoryEvent, startedAt: number, style: Style): string | undefined {
  const text = noteworthy(event, style);
  return text === undefined ? undefined : stampedLine(event.timestamp, startedAt, text, style);
}

/** A line of a log: the time of day, the time since the run's start, and what happened. */
export function stampedLine(moment: string, startedAt: number, text: string, style: Style): string {
  const since = duration(Math.max(0, Date.parse(moment) - startedAt));
  return `${style('dim', `${clock(moment)} +${since}`.padEnd(17))} ${text}`;
}

function noteworthy(event: HistoryEvent, style: Style): string | undefined {
  const step = stateStep(event);
  const branch = event.flow.includes('/') ? style('dim', ` [${event.flow.slice(event.flow.indexOf('/') + 1)}]`) : '';
  if (step) return step.step === 'exited' ? `${style('green', '✔')} ${oneLine(step.name)}${branch}` : undefined;
  const details = { ...event, ...detailsOf(event) };
  if (isFailedAttempt(event.type)) return `${style('yellow', 'failed')} ${shortDetails(event, true)}${branch}`;
  if (/Taken?Over/.test(event.type)) {
    const ground = textOf(details, 'text') ?? textOf(details, 'evidence') ?? '';
    const [did, taken] = textOf(details, 'status') === 'Parked' ? ['parked', ', taken'] : ['taken over', ''];
    return `${style('magenta', did)} ${event.flow}${taken} from ${textOf(details, 'fromWorker') ?? '?'}, term ${textOf(details, 'term') ?? '?'}: ${oneLine(ground)}`;
  }
  if (event.type === 'RetryScheduled') {
    const due = Number(textOf(details, 'due')) - Date.parse(event.timestamp);
    return `${style('yellow', 'tried again')} in ${duration(due)}: ${oneLine(textOf(details, 'name') ?? '')}${branch}`;
  }
  const by = textOf(details, 'by');
  if (event.type === 'ExecutionRedriven')
    return `${style('cyan', 'redriven')}${by === undefined ? '' : ` by ${oneLine(by)}`}`;
  if (event.type === 'CancelRequested' && by !== undefined) return `${style('yellow', 'cancelled')} by ${oneLine(by)}`;
  return undefined;
}

/** The longest value that is shown whole where a person looks; the rest of it is a command with --json away. */
const LONGEST = 120;

/** An event's details in one line: what people look for first, without inputs and outputs at length. `whole`: values are not cut. */
export function shortDetails(event: HistoryEvent, whole = false): string {
  const details = detailsOf(event);
  const rest = Object.keys(details).length > 0 ? details : ownFields(event);
  const shown = Object.entries(rest).filter(([name]) => !/^(inputDetails|outputDetails|roleArn)$/.test(name));
  return oneLine(
    shown
      .map(([name, value]) => {
        const text = readable(name, value);
        const fitting = whole ? text : cut(text, LONGEST);
        return name === 'name' ? fitting : `${name}=${fitting}`;
      })
      .join(' '),
  );
}

const OWN = new Set(['id', 'previousEventId', 'timestamp', 'type', 'flow']);

const ownFields = (event: HistoryEvent): Record<string, Json> =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !OWN.has(name))) as Record<string, Json>;

/** Moments, which the history keeps in milliseconds, as times, and what handlers logged as text. */
function readable(name: string, value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && /^(due|when)$/.test(name)) return new Date(value).toISOString();
  if (name === 'lines' && Array.isArray(value)) return value.map(logged).join(' | ');
  return JSON.stringify(value);
}

/** A line of a handler is kept as [at, level, text]. */
function logged(line: Json): string {
  if (!Array.isArray(line)) return JSON.stringify(line);
  const [at, level, text] = line as readonly Json[];
  const tag = level === 'info' ? '' : `${level}: `;
  return `${typeof at === 'number' ? `${clock(new Date(at).toISOString())} ` : ''}${tag}${text}`;
}

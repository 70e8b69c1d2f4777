import { detailsOf, isFailedAttempt, stateStep, textOf } from '#cli/render/event-details';
import { oneLine, type Style } from '#cli/render/style';
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
  if (isFailedAttempt(event.type)) return `${style('yellow', 'failed')} ${shortDetails(event)}${branch}`;
  if (/Taken?Over/.test(event.type)) {
    const ground = textOf(details, 'text') ?? textOf(details, 'evidence') ?? '';
    const [did, taken] = textOf(details, 'status') === 'Parked' ? ['parked', ', taken'] : ['taken over', ''];
    return `${style('magenta', did)} ${event.flow}${taken} from ${textOf(details, 'fromWorker') ?? '?'}, term ${textOf(details, 'term') ?? '?'}: ${oneLine(ground)}`;
  }
  if (event.type === 'RetryScheduled') {
    const due = Number(textOf(details, 'due')) - Date.parse(event.timestamp);
    return `${style('yellow', 'tried again')} in ${duration(due)}: ${oneLine(textOf(details, 'name') ?? '')}${branch}`;
  }
  if (event.type === 'ExecutionRedriven') return style('cyan', 'redriven');
  return undefined;
}

/** An event's details in one line: what people look for first, without inputs and outputs at length. */
export function shortDetails(event: HistoryEvent): string {
  const details = detailsOf(event);
  const rest = Object.keys(details).length > 0 ? details : ownFields(event);
  const shown = Object.entries(rest).filter(([name]) => !/^(inputDetails|outputDetails|roleArn)$/.test(name));
  return oneLine(shown.map(([name, value]) => (name === 'name' ? short(value) : `${name}=${short(value)}`)).join(' '));
}

const OWN = new Set(['id', 'previousEventId', 'timestamp', 'type', 'flow']);

const ownFields = (event: HistoryEvent): Record<string, Json> =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !OWN.has(name))) as Record<string, Json>;

function short(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return '';
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

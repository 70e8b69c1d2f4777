import { detailsOf, textOf } from '#cli/render/event-details';
import { oneLine, type Style } from '#cli/render/style';
import { clock } from '#cli/render/time';
import type { Json } from '#engine/json';
import type { HistoryEvent } from '#http/contract/history';

/** What handlers logged, oldest first, from the history's log events. */
export function logLines(events: readonly HistoryEvent[], style: Style): string[] {
  const lines = events.flatMap((event) => linesOf(event, style));
  return lines.length === 0 ? ['The handlers logged nothing.'] : lines;
}

function linesOf(event: HistoryEvent, style: Style): string[] {
  const details = { ...event, ...detailsOf(event) };
  const lines: readonly Json[] = Array.isArray(details.lines) ? details.lines : [];
  const where = textOf(details, 'state') ?? event.flow.slice(event.flow.indexOf(':') + 1);
  return lines.flatMap((line) => {
    // A line is kept as [at, level, text].
    if (!Array.isArray(line)) return [];
    const [at, level, text] = line as readonly Json[];
    const moment = typeof at === 'number' ? new Date(at).toISOString() : event.timestamp;
    const paint = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : level === 'debug' ? 'dim' : 'reset';
    const tag = String(level ?? 'info').padEnd(5);
    return [
      `${style('dim', clock(moment))} ${style(paint, tag)} ${style('dim', where)}  ${oneLine(String(text ?? ''))}`,
    ];
  });
}

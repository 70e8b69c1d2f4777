import { readHistory } from '#cli/read-history';
import { shortDetails } from '#cli/render/event-line';
import { cut } from '#cli/render/style';
import { duration } from '#cli/render/time';
import { clientOf, type RemoteOptions, type Session } from '#cli/session';
import type { HistoryEvent } from '#http/contract/history';

/** What `runs history` takes. */
export interface HistoryOptions extends RemoteOptions {
  readonly limit?: number;
}

/**
 * `flowbeat runs history`: printed page by page, because a run may have millions of events; `--json` prints one event a line for the same
 * reason.
 */
export async function showHistory(session: Session, run: string, options: HistoryOptions): Promise<void> {
  const { terminal, style } = session;
  let startedAt: number | undefined;
  for await (const event of readHistory(await clientOf(session, options), run, options.limit)) {
    startedAt ??= Date.parse(event.timestamp);
    if (options.json) terminal.out(JSON.stringify(event));
    else {
      if (startedAt !== undefined && event.id === 1) terminal.out(style('dim', heading()));
      terminal.out(historyLine(event, startedAt, session));
    }
  }
}

const WIDTHS = { id: 6, since: 9, type: 26, flow: 10 };

const heading = (): string =>
  `${'ID'.padStart(WIDTHS.id)}  ${'AFTER'.padStart(WIDTHS.since)}  ${'TYPE'.padEnd(WIDTHS.type)}  ${'FLOW'.padEnd(WIDTHS.flow)}  DETAILS`;

function historyLine(event: HistoryEvent, startedAt: number, { terminal, style }: Session): string {
  const since = duration(Date.parse(event.timestamp) - startedAt);
  const slash = event.flow.indexOf('/');
  const flow = slash < 0 ? '·' : event.flow.slice(slash + 1);
  const start = `${String(event.id).padStart(WIDTHS.id)}  ${since.padStart(WIDTHS.since)}  `;
  const type = event.type.padEnd(WIDTHS.type);
  const columns = terminal.size()?.columns;
  const rest = `  ${flow.padEnd(WIDTHS.flow)}  ${shortDetails(event, columns === undefined)}`;
  const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - start.length - type.length;
  return `${style('dim', start)}${style(formatOf(event.type), type)}${cut(rest, Math.max(10, room))}`.trimEnd();
}

function formatOf(type: string): 'red' | 'green' | 'magenta' | 'cyan' | 'reset' {
  if (/Failed|TimedOut|Aborted/.test(type)) return 'red';
  if (/Succeeded/.test(type)) return 'green';
  if (/Taken?Over|Claimed|Released/.test(type)) return 'magenta';
  return /Entered/.test(type) ? 'cyan' : 'reset';
}

import { type Client, runPath } from '#cli/client';
import { readHistory } from '#cli/read-history';
import { flowTable } from '#cli/render/flow-table';
import { logLines } from '#cli/render/log-lines';
import { whyParked } from '#cli/render/parked';
import { oneLine, statusText } from '#cli/render/style';
import { facts } from '#cli/render/table';
import { ago, duration } from '#cli/render/time';
import { clientOf, print, type RemoteOptions, type Session } from '#cli/session';
import type { Json } from '#engine/json';
import type { HistoryEvent } from '#http/contract/history';
import type { RunDetail } from '#http/contract/run';

/** What `runs show` takes. */
export interface ShowRunOptions extends RemoteOptions {
  readonly log?: boolean;
  readonly flows: number;
}

/** `flowbeat runs show`. */
export async function showRun(session: Session, run: string, options: ShowRunOptions): Promise<void> {
  const client = await clientOf(session, options);
  const { body: detail } = await client.call<RunDetail>(runPath(run), { query: { flows: options.flows } });
  const log = options.log ? await logEvents(client, run) : undefined;
  print(session, options.json, log ? { ...detail, log } : detail, () => [
    ...headLines(detail, session),
    '',
    ...flowTable(detail, session.terminal.now(), session.style, session.terminal.size()?.columns),
    ...(log ? ['', ...logLines(log, session.style)] : []),
  ]);
}

async function logEvents(client: Client, run: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const event of readHistory(client, run)) if (/Log/.test(event.type)) events.push(event);
  return events;
}

function headLines(run: RunDetail, { style, terminal }: Session): string[] {
  const now = terminal.now();
  const ended = run.endedAt === undefined ? undefined : Date.parse(run.endedAt);
  const { outcome } = run;
  const parked = whyParked(run);
  return facts(
    [
      ['run', style('bold', run.run)],
      ['status', statusText(run.status, style)],
      ['parked', parked === undefined ? undefined : oneLine(parked)],
      ['chart', `${run.chart} v${run.version}`],
      ['started', `${run.startedAt}  (${ago(run.startedAt, now)})`],
      ['ended', run.endedAt === undefined ? undefined : `${run.endedAt}  (${ago(run.endedAt, now)})`],
      ['took', duration((ended ?? now) - Date.parse(run.startedAt))],
      ['redrives', run.redrives > 0 ? String(run.redrives) : undefined],
      ['archived', run.archived ? 'yes: it can be read, and not be redriven' : undefined],
      ['input', short(run.input, terminal.isTTY)],
      ['output', outcome?.status === 'Succeeded' ? short(outcome.output, terminal.isTTY) : undefined],
      [
        'error',
        outcome && 'error' in outcome && outcome.error !== undefined ? style('red', oneLine(outcome.error)) : undefined,
      ],
      ['cause', outcome && 'cause' in outcome && outcome.cause !== undefined ? oneLine(outcome.cause) : undefined],
    ],
    style,
  );
}

/** A value on one line, cut where a person looks; `--json` shows it whole. */
function short(value: Json, isTTY: boolean): string {
  const text = JSON.stringify(value);
  return isTTY && text.length > 500 ? `${text.slice(0, 499)}… (${text.length} characters; --json shows it all)` : text;
}

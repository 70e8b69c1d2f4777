import { oneLine, type Style, statusText } from '#cli/render/style';
import { table } from '#cli/render/table';
import { ago } from '#cli/render/time';
import type { FlowView } from '#http/contract/flow';
import type { RunDetail } from '#http/contract/run';

/** The flows of a run: where each stands, who has it, what it waits for. */
export function flowTable(run: RunDetail, now: number, style: Style, width?: number): string[] {
  const total = Object.values(run.flowCounts).reduce((sum, count) => sum + count, 0);
  return [
    ...table<FlowView>(
      run.flows,
      [
        { title: 'FLOW', text: ({ flow }) => shortFlow(flow), gives: true },
        {
          title: 'STATUS',
          text: ({ status }) => status,
          paint: (text, { status }) => text.replace(status, statusText(status, style)),
        },
        { title: 'AT', text: ({ at }) => at, gives: true },
        { title: 'ATTEMPT', text: ({ attempt }) => (attempt > 0 ? String(attempt) : ''), right: true },
        { title: 'TERM', text: ({ term }) => String(term), right: true },
        { title: 'MOVED', text: ({ updatedAt }) => ago(updatedAt, now) },
        { title: 'DETAILS', text: (flow) => details(flow, now), gives: true },
      ],
      style,
      width,
    ),
    ...(run.moreFlows
      ? [style('dim', `… ${Math.max(0, total - run.flows.length)} more flows (--flows shows more)`)]
      : []),
  ];
}

/** A branch without its run, which the heading names. */
const shortFlow = (flow: string): string => {
  const slash = flow.indexOf('/');
  return slash < 0 ? (/~\d+$/.exec(flow)?.[0] ?? 'root') : flow.slice(slash);
};

function details({ owner, waits, map, takenOver, outcome, needs, status }: FlowView, now: number): string {
  const facts = [
    owner === undefined ? undefined : `on ${owner}`,
    waits && `waits for ${waits.for}${waits.due ? `, due ${ago(waits.due, now)}` : ''}`,
    map && `${map.items} items read${map.failed > 0 ? `, ${map.failed} failed` : ''}`,
    status === 'Queued' && needs !== '' ? `needs a worker for ${needs}` : undefined,
    outcome && 'error' in outcome ? outcome.error : undefined,
    takenOver &&
      `${takenOver.status === 'Parked' ? 'parked when taken' : 'taken over'} from ${takenOver.fromWorker}: ${oneLine(takenOver.evidence.text)}`,
  ];
  return facts.filter((fact) => fact !== undefined).join('; ');
}

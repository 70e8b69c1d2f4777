import { type MapPlan, mapPlan } from '#engine/decide';
import type { FlowEvent, Position, Round } from '#engine/flow';
import type { Json } from '#engine/json';
import type { Surroundings } from '#ports/surroundings';
import type { Held } from '#scheduler/held';
import { childrenFrom, openItems } from '#scheduler/map-run/children';
import { failing } from '#scheduler/map-run/failing';
import { reliably } from '#scheduler/reliably';

/** Reads the next round of a distributed Map's items: how many children they make and where each begins, but not the items, which are read again as the children are made. */
export function readRound(s: Surroundings, { chart, position, options, signal }: Held): Promise<FlowEvent | undefined> {
  return reliably(s.clock, signal, () =>
    failing(async (): Promise<FlowEvent> => {
      const plan = mapPlan(chart, position, options);
      return { type: 'read', round: await roundOf(s, plan, position, signal) };
    }),
  );
}

/** The round that follows those that a flow has read. Throws `StatesError`. */
export async function roundOf(
  s: Pick<Surroundings, 'items' | 'mapRound'>,
  plan: MapPlan,
  { map, at }: Position,
  signal: AbortSignal,
): Promise<Round> {
  if (map === undefined) throw new Error(`the distributed Map '${at}' was not entered`);
  const source = await openItems(s, plan, map.head, signal);
  const most = Math.min(plan.maxChildren, s.mapRound ?? plan.maxChildren);
  const starts: Json[] = [];
  const sizes: number[] = [];
  let next: Json = null;
  for await (const child of childrenFrom(plan, source, { cursor: map.next ?? undefined, index: map.items })) {
    if (starts.length === most) {
      next = child.cursor;
      break;
    }
    starts.push(child.cursor);
    sizes.push(child.items);
  }
  const children = starts.length;
  const items = sizes.reduce((sum, size) => sum + size, 0);
  // Made all at once they are read in one go, else each is found by itself.
  const kept = plan.maxConcurrency > 0 && plan.maxConcurrency < children ? starts : starts.slice(0, 1);
  return { children, items, head: source.head, starts: kept, ...(plan.batch && { sizes }), next };
}

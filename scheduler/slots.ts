import type { Message } from '#ports/message';
import type { Scheduler } from '#scheduler/context';
import type { Controlled } from '#scheduler/controlled';
import { hasSlot, startSlot } from '#scheduler/triggers';

/**
 * A slot of a trigger comes: its run is started, by the chart as it is now. A chart that was deleted meanwhile, or whose triggers have no such slot
 * any more, starts nothing. The message may come early, late, twice or not at all: the slot is the run's name (L9), and the next tick starts what has none.
 */
export async function slotCame(s: Scheduler, message: Extract<Message, { kind: 'slot' }>): Promise<Controlled> {
  const now = s.clock.now();
  if (now < message.slot) return { done: false, delayMs: message.slot - now };
  const chart = await s.store.readChart(message.chart);
  if (!chart || (chart.version !== message.version && !hasSlot(chart, message.slot))) return { done: true };
  await startSlot(s, chart, message.slot);
  return { done: true };
}

import type { FlowEvent } from '#engine/flow';
import { StatesError } from '#engine/states-error';

/** What `work` comes to; an error of the chart's own world is what happened to the flow. */
export async function failing(work: () => Promise<FlowEvent>): Promise<FlowEvent> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    return { type: 'failed', error: error.error, cause: error.message };
  }
}

import { hex } from '#http/run-name';
import type { RunDetail } from '#scheduler/operations';

/**
 * The entity tag of a run: moves whenever a flow in the answer moves, or the number of flows in a status. Made of terms and seqs,
 * which say all (L1, L2), so that it costs no reading of inputs and outputs.
 */
export async function revisionOf(run: RunDetail): Promise<string> {
  const flows = run.flows.map((flow) => [flow.flow, flow.term, flow.seq, flow.status]);
  const text = JSON.stringify([run.status, run.updatedAt, run.redrives, run.flowCounts, flows]);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `W/"${hex(hash).slice(0, 20)}"`;
}

import { branchPosition } from '#engine/decide';
import type { Fact } from '#engine/flow';
import type { FlowRecord } from '#ports/flow-record';
import { childFlow } from '#ports/ids';
import type { Write } from '#ports/write';
import type { Scheduler } from '#scheduler/context';
import { decideOptions, needsOf, queueOf } from '#scheduler/decide-options';
import { joinRows } from '#scheduler/join-tree';
import { flowMessage, send } from '#scheduler/messages';

/** Puts a child of the split that `parent` stands at: its message first, then the flow if absent. A repeat makes the same child. */
export async function putChild(
  s: Scheduler,
  parent: FlowRecord,
  seq: number,
  index: number,
  max: number,
): Promise<void> {
  await s.commit(await childWrites(s, parent, seq, max, [index]));
}

/**
 * Carries out a split: join rows (put if absent), then for each child message and put. The parent's release comes after it (DESIGN.md §4.5). Where
 * the Map bounds its concurrency only the first `max` children are put: each that ends starts the one `max` further on, a rule that needs
 * no counter and can be repeated.
 */
export async function splitWrites(s: Scheduler, parent: FlowRecord, max: number): Promise<Write[]> {
  const { split } = parent;
  const { branches } = parent.position;
  if (split === undefined || branches === undefined) throw new Error(`${parent.id} does not stand at a split`);
  const first = max > 0 ? Math.min(max, branches) : branches;
  const indexes = Array.from({ length: first }, (_, index) => index);
  const children = await childWrites(s, parent, split, max, indexes);
  const rows = joinRows(parent.id, split, branches).map((row) => ({ kind: 'putJoin', row }) as const);
  return [...rows, ...children];
}

async function childWrites(
  s: Scheduler,
  parent: FlowRecord,
  seq: number,
  max: number,
  indexes: readonly number[],
): Promise<Write[]> {
  const chart = await s.charts.get(parent.chart, parent.version);
  const branches = parent.position.branches ?? 0;
  const options = await decideOptions(s, parent, chart);
  const children = indexes.map((index): FlowRecord => {
    const position = branchPosition(chart, parent.position, index, options);
    return {
      format: parent.format,
      id: childFlow(parent.id, seq, index),
      run: parent.run,
      parent: { id: parent.id, seq, index, branches, max },
      chart: parent.chart,
      version: parent.version,
      queue: queueOf(chart, position),
      needs: needsOf(chart, position),
      startedAt: parent.startedAt,
      ...(parent.deadline !== undefined && { deadline: parent.deadline }),
      nonce: parent.nonce,
      status: 'Queued',
      term: 1,
      seq: 0,
      claims: 0,
      position,
      redrives: 0,
      updated: options.now,
    };
  });
  const facts: readonly Fact[] = [];
  return [
    ...children.map((flow) => send(flowMessage(flow, 1))),
    ...children.map((flow) => ({ kind: 'putFlow', flow, facts }) as const),
  ];
}

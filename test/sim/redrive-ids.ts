import { type FlowId, rootOf } from '#ports/ids';

/** Which redrive of its run a flow belongs to; 0 for the first try. */
export function redriveOf(flow: FlowId): number {
  const root = rootOf(flow);
  const at = root.lastIndexOf('~');
  return at < 0 ? 0 : Number(root.slice(at + 1));
}

/** The root that a redrive's root goes on from; undefined for the first root of a run. */
export function formerRoot(root: FlowId): FlowId | undefined {
  const redrive = redriveOf(root);
  if (redrive === 0) return undefined;
  const first = root.slice(0, root.lastIndexOf('~'));
  return (redrive === 1 ? first : `${first}~${redrive - 1}`) as FlowId;
}

import { type FlowId, rootOf } from '#ports/ids';

/** Which redrive of its run a flow belongs to; 0 for the first try. */
export function redriveOf(flow: FlowId): number {
  const root = rootOf(flow);
  const at = root.lastIndexOf('~');
  return at < 0 ? 0 : Number(root.slice(at + 1));
}

/** The roots that a redrive's root goes on from, the last one first; none for the first root of a run. */
export function formerRoots(root: FlowId): readonly FlowId[] {
  const first = root.slice(0, root.lastIndexOf('~'));
  const before = Array.from({ length: redriveOf(root) }, (_, redrive) =>
    redrive === 0 ? first : `${first}~${redrive}`,
  );
  return before.reverse() as FlowId[];
}

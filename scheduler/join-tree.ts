import type { FlowId } from '#ports/ids';
import type { JoinRow } from '#ports/write';

/** Members of a join row: 128 child indexes as numbers stay below 1 KB on DynamoDB. */
export const FAN_OUT = 128;

/** How many levels of rows a split of `branches` has: 1 up to 128 children, 2 up to 16,384. */
export function levels(branches: number): number {
  let depth = 1;
  for (let rows = Math.ceil(branches / FAN_OUT); rows > 1; rows = Math.ceil(rows / FAN_OUT)) depth++;
  return depth;
}

/** The row that holds a member: the child `member` (level 0), or the row `member` of the level below. */
export const nodeOf = (level: number, member: number): string => `${level}.${Math.floor(member / FAN_OUT)}`;

/** The row at the top of the tree: empty when every child has left. */
export const topNode = (branches: number): string => `${levels(branches) - 1}.0`;

/** All rows of a split's join tree, every member open. */
export function joinRows(flow: FlowId, seq: number, branches: number): JoinRow[] {
  const rows: JoinRow[] = [];
  let members = branches;
  for (let level = 0, depth = levels(branches); level < depth; level++) {
    const count = Math.ceil(members / FAN_OUT);
    for (let index = 0; index < count; index++) {
      const first = index * FAN_OUT;
      const open = Array.from({ length: Math.min(FAN_OUT, members - first) }, (_, i) => first + i);
      rows.push({ flow, seq, node: `${level}.${index}`, open });
    }
    members = count;
  }
  return rows;
}

import type { Next, Position } from '#engine/flow';

/** Where a flow stands and what it wants: a decision without its facts. */
export interface Step {
  readonly position: Position;
  readonly next: Next;
}

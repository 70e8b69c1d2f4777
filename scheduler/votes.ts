/**
 * Before a worker's window has passed its death needs two signs of different kinds: one may be a mistake, late, or about another host that had the name. The votes
 * stand with the lease, so that whoever comes second, from wherever, finds the first. A vote counts as long as the beat has not moved since: who beats lives.
 */
import type { Evidence, SignKind } from '#ports/flow-record';
import type { Vote } from '#ports/lease';

/** So many kinds of sign are proof. */
const ENOUGH = 2;

/** A sign as far as it is told: a vote, or a beat that is missing. */
export interface Sign {
  readonly kind: SignKind;
  readonly text: string;
}

/** The votes on a lease that count: those that came after its last beat. */
export const standing = ({
  votes = [],
  beat,
}: {
  readonly votes?: readonly Vote[] | undefined;
  readonly beat: number;
}): readonly Vote[] => votes.filter((vote) => vote.beat === beat);

/** The evidence that signs are together; undefined where they are too few. */
export function provedBy(signs: readonly Sign[]): Evidence | undefined {
  const votes = [...new Set(signs.map(({ kind }) => kind))];
  if (votes.length < ENOUGH) return undefined;
  return { kind: 'platform', text: signs.map(({ text }) => text).join(' '), votes };
}

import { type ActivityContext, ActivityError } from 'flowbeat/worker';

interface Order {
  readonly order: string;
}

/**
 * Charges a card, with a bank that is busy twice. The bank is given the idempotency key, the same at every attempt: however often
 * it is asked, it charges once.
 */
export function chargeCard({ order }: Order, { attempt, idempotencyKey, log }: ActivityContext) {
  log(`charging for ${order}, attempt ${attempt + 1}`);
  if (attempt < 2) throw new ActivityError('Bank.Busy', `The bank is busy (attempt ${attempt + 1}).`);
  return { receipt: idempotencyKey, attempts: attempt + 1 };
}

/** Finds the shelf empty. No retry helps, so the chart catches this by another way. */
export function ship({ order }: Order): never {
  throw new ActivityError('Stock.Empty', { order, missing: 1 });
}

/** Gives the money back. The chart has put what went wrong beside the order. */
export function refund({
  order,
  charge,
  problem,
}: Order & { readonly charge: { readonly receipt: string }; readonly problem: { readonly Error: string } }) {
  return { order, refunded: charge.receipt, because: problem.Error };
}

/** Asks a person. Here the question is only logged; a real one would be mailed, with a link that holds the token. */
export function askApproval(
  { item, token }: { readonly item: string; readonly token: string },
  { log }: ActivityContext,
) {
  log(`May we order: ${item}? Answer with the token ${token}`);
}

/** Orders what was approved. */
export function order({ item }: { readonly item: string }, { idempotencyKey }: ActivityContext) {
  return { ordered: item, orderNumber: idempotencyKey };
}

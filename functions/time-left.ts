import type { Context } from 'aws-lambda';

/** What a batch that has begun may take, with its slow and repeated requests. */
const RESERVE_MS = 10_000;

/** Tells whether a call has time to begin another piece of work, so that it ends by itself and is not cut. */
export const timeLeft =
  ({ getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>) =>
  (): boolean =>
    getRemainingTimeInMillis() > RESERVE_MS;

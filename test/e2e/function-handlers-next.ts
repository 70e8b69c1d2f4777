/** The handlers of the next version of what `function-handlers.ts` is: one more. */
import { defineActivities } from '#sdk/worker';
import handlers from './function-handlers.ts';

export default defineActivities({
  ...handlers,
  triple: ({ n }: { n: number }) => ({ n: n * 3 }),
});

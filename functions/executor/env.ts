import { z } from 'zod';
import { installationEnv } from '#functions/env';

/** What `executor` is told by its environment. */
export const executorEnv = installationEnv.extend({
  /** The module that exports the user's handlers: a path, from where the function's own module lies. */
  FLOWBEAT_HANDLERS: z.string().min(1).default('./handlers.mjs'),
  /** The queues that it serves, with commas between: a flow that moves from one to another of them stays in its hands. */
  FLOWBEAT_QUEUES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((name) => name !== '')),
});

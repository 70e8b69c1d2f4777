import { z } from 'zod';
import { installationEnv } from '#functions/env';

/** What the function of the API is told by its environment. */
export const apiEnv = installationEnv.extend({
  /** The version of Flowbeat that was deployed. */
  FLOWBEAT_VERSION: z.string().min(1).default('unknown'),
  /** What paths begin with before `/v1`, where a domain of one's own maps one. A stage's name is found without it. */
  FLOWBEAT_BASE_PATH: z
    .string()
    .regex(/^\/[^/](.*[^/])?$/, 'must begin with a slash and end without one')
    .optional(),
});

/** What the function of the API is told by its environment. */
export type ApiEnv = z.infer<typeof apiEnv>;

import { installationEnv } from '#functions/env';

/** What `advance` is told by its environment. */
export const advanceEnv = installationEnv;

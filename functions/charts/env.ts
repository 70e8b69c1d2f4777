import { installationEnv } from '#functions/env';

/** The environment of the function that puts charts at a deploy: what every function is told. */
export const chartsEnv = installationEnv;

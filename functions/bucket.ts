import { connectS3 } from '#adapters/s3/connect';
import type { InstallationEnv } from '#functions/env';

/** The bucket of large values, where the installation has one. */
export const openBucket = (env: InstallationEnv): ReturnType<typeof connectS3> | undefined =>
  env.FLOWBEAT_BUCKET === undefined
    ? undefined
    : connectS3(env.FLOWBEAT_BUCKET, env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL);

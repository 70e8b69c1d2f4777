import { EC2Client } from '@aws-sdk/client-ec2';
import { Ec2Discovery } from '#adapters/ec2/ec2-discovery';
import type { Discovery } from '#ports/discovery';

/** One try, and a short one: the sweeper has less than a minute for all that it does, and asks again with the next. */
const PATIENCE = { connectionTimeout: 1_500, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;

/** The instances with the tag of an installation, in the account and region that the environment names. */
export const discoverInstances = (installation: string): Discovery =>
  new Ec2Discovery(new EC2Client({ requestHandler: PATIENCE, maxAttempts: 1 }), installation);

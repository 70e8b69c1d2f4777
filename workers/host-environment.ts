/** What a worker's environment says of its host, where nothing else tells: on EC2 without metadata, in a container that ECS did not start, elsewhere. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { rejected } from '#ports/errors';
import type { Platform } from '#ports/lease';

/** The variables, each optional; an empty one is as good as none. */
const hostEnvironment = z.object({
  /** The EC2 instance, by which EC2's events and the sweeper's questions find this worker. */
  FLOWBEAT_INSTANCE_ID: z
    .string()
    .regex(/^i-[0-9a-f]{4,17}$/, 'must be the id of an EC2 instance, as i-0123456789abcdef0')
    .optional(),
  /** The ECS task. */
  FLOWBEAT_TASK_ARN: z
    .string()
    .regex(/^arn:[^:]+:ecs:[^:]+:[^:]+:task\/.+$/, 'must be the ARN of an ECS task')
    .optional(),
  FLOWBEAT_ZONE: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be letters, digits and dashes')
    .optional(),
  FLOWBEAT_LIFE_CYCLE: z.enum(['spot', 'onDemand'], { error: "must be 'spot' or 'onDemand'" }).optional(),
  /** The IP address under which others reach it. */
  FLOWBEAT_ADDRESS: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address')
    .optional(),
});

/** Those variables, as they are before anybody has looked at them. */
export type NamedHost = { readonly [Name in keyof z.infer<typeof hostEnvironment>]?: string | undefined };

/** The host that the environment names; undefined where it names none. Throws HOST_ENVIRONMENT_INVALID with the variables at fault. */
export function namedHost(env: NamedHost): Platform | undefined {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = hostEnvironment.safeParse(given);
  if (!parsed.success) {
    const what = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ');
    throw rejected('HOST_ENVIRONMENT_INVALID', `What the environment says of this host does not do: ${what}.`, {
      variables: parsed.error.issues.map(({ path }) => path.join('.')),
    });
  }
  const {
    FLOWBEAT_INSTANCE_ID: instanceId,
    FLOWBEAT_TASK_ARN: taskArn,
    FLOWBEAT_ZONE: zone,
    FLOWBEAT_LIFE_CYCLE: lifeCycle,
    FLOWBEAT_ADDRESS: address,
  } = parsed.data;
  const platform: Platform = {
    ...(instanceId !== undefined && { instanceId }),
    ...(taskArn !== undefined && { taskArn }),
    ...(zone !== undefined && { zone }),
    ...(lifeCycle !== undefined && { lifeCycle }),
    ...(address !== undefined && { address }),
  };
  return Object.keys(platform).length > 0 ? platform : undefined;
}

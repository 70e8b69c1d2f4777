import { z } from '@hono/zod-openapi';
import { jsonValue } from '#http/contract/json';

const taskToken = z.string().min(1).max(2048).openapi({
  description: 'The token that the action was given (`$$.Task.Token`).',
});

/** A callback that succeeded. */
export const succeedTask = z.strictObject({ taskToken, output: jsonValue }).openapi('SucceedTask');

/** A callback that failed. */
export const failTask = z
  .strictObject({
    taskToken,
    error: z.string().min(1).max(256).openapi({ description: "The error's name, as `Retry` and `Catch` match it." }),
    cause: z.string().max(32_768).optional(),
  })
  .openapi('FailTask');

/** A callback's sign of life. */
export const heartbeatTask = z.strictObject({ taskToken }).openapi('HeartbeatTask');

import { z } from '@hono/zod-openapi';
import { moment } from '#http/contract/json';

/** Why the brake is to be set. */
export const setBrake = z
  .object({
    reason: z.string().trim().min(1).max(1000).openapi({ description: 'Why, for the next person who looks.' }),
  })
  .openapi('SetBrake');

/** The brake on condemning and taking over: while it is on, the dead are left as they are. */
export const brake = z
  .object({ on: z.boolean(), reason: z.string().optional(), at: moment.optional() })
  .openapi('Brake');

/** The brake, as the API shows it. */
export type BrakeView = z.infer<typeof brake>;

import { z } from '@hono/zod-openapi';
import { moment } from '#http/contract/json';

/** What an upload is asked for with. */
export const requestUpload = z
  .strictObject({ size: z.int().min(1).openapi({ description: 'How many bytes will be sent, exactly.' }) })
  .openapi('RequestUpload');

/** Where a large input is to be put, before a start names it by `inputFrom`. */
export const upload = z
  .object({
    url: z
      .string()
      .openapi({ description: 'PUT the input as JSON to it. It carries its own permission: send no other.' }),
    headers: z.record(z.string(), z.string()).openapi({ description: 'To be sent along.' }),
    key: z.string().openapi({ description: 'What the start names as `inputFrom`.', example: 'uploads/3f6c…' }),
    expires: moment,
  })
  .openapi('Upload');

/** Where a large input is to be put. */
export type Upload = z.infer<typeof upload>;

import { z } from '@hono/zod-openapi';
import { moment } from '#http/contract/json';

/** What an upload is asked for with. */
export const requestUpload = z
  .strictObject({
    size: z.int().min(1).openapi({ description: 'How many bytes will be sent, exactly.' }),
    inParts: z
      .boolean()
      .default(false)
      .openapi({ description: 'Whether they are sent in parts of 5 MiB, each of which can be repeated by itself.' }),
  })
  .openapi('RequestUpload');

/** Where a large input is to be put, before a start names it by `inputFrom`. */
export const upload = z
  .object({
    url: z
      .string()
      .optional()
      .openapi({ description: 'PUT the input as JSON to it. It carries its own permission: send no other.' }),
    headers: z.record(z.string(), z.string()).optional().openapi({ description: 'To be sent along.' }),
    parts: z
      .array(z.object({ url: z.string(), size: z.int() }))
      .readonly()
      .optional()
      .openapi({
        description:
          'Of an upload in parts, in their order: PUT so many bytes to each link, and keep the ETag of its answer.',
      }),
    upload: z.string().optional().openapi({ description: 'What an upload in parts is named by when it is completed.' }),
    key: z.string().openapi({ description: 'What the start names as `inputFrom`.', example: 'uploads/3f6c…' }),
    expires: moment,
  })
  .openapi('Upload');

/** The end of an upload in parts. */
export const completeUpload = z
  .strictObject({
    key: z.string(),
    upload: z.string().min(1),
    tags: z.array(z.string().min(1)).min(1).openapi({ description: 'The ETag of each part, in their order.' }),
  })
  .openapi('CompleteUpload');

/** Where a large input is to be put. */
export type Upload = z.infer<typeof upload>;

import { z } from '@hono/zod-openapi';

/** The most items of a page. */
export const MAX_PAGE = 1000;

/** `limit`: how many items a page holds at most. */
export const limit = (normal: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(normal)
    .openapi({ description: `At most so many items (1 to ${MAX_PAGE}).` });

/** `cursor`: where the page before this one ended. */
export const cursor = z.string().min(1).max(4096).optional().openapi({
  description: 'The `cursor` of the page before this one.',
});

/** The field `cursor` of a page. */
export const nextCursor = z.string().optional().openapi({ description: 'Asks for the next page. Absent at the end.' });

import { z } from '@hono/zod-openapi';
import type { Json } from '#engine/json';

/**
 * Any JSON value. Not walked: what comes out of `JSON.parse` is JSON already, and walking an input of 10 MB costs more than parsing it.
 */
export const jsonValue = z
  .custom<Json>((value) => value !== undefined, 'This field is missing.')
  .openapi({
    type: ['null', 'boolean', 'number', 'string', 'array', 'object'],
    description: 'Any JSON value.',
  });

/** A moment: RFC 3339 in UTC with milliseconds, `2026-11-21T08:00:00.000Z`. */
export const moment = z.iso.datetime({ precision: 3 }).openapi({ example: '2026-11-21T08:00:00.000Z' });

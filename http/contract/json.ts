import { z } from '@hono/zod-openapi';
import type { Json } from '#engine/json';

/** How deep a value may be nested: what writes it as text again recurses, and its stack must suffice. */
const MOST_LEVELS = 1000;

/** Any JSON value. What comes out of `JSON.parse` is JSON already: only its depth is looked at. */
export const jsonValue = z
  .custom<Json>((value) => value !== undefined, 'is missing')
  .refine((value) => within(value, MOST_LEVELS), `is nested more than ${MOST_LEVELS} levels deep`)
  .openapi({
    type: ['null', 'boolean', 'number', 'string', 'array', 'object'],
    description: 'Any JSON value.',
  });

/** A moment: RFC 3339 in UTC with milliseconds, `2026-11-21T08:00:00.000Z`. */
export const moment = z.iso.datetime({ precision: 3 }).openapi({ example: '2026-11-21T08:00:00.000Z' });

function within(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => within(item, levels - 1));
  for (const key in value) if (!within((value as Record<string, unknown>)[key], levels - 1)) return false;
  return true;
}

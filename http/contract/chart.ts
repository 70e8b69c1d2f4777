import { z } from '@hono/zod-openapi';
import { jsonValue, moment } from '#http/contract/json';

/** A version of a chart, as lists show it. Versions never change. */
export const chartSummary = z
  .object({
    name: z.string(),
    version: z.int().openapi({ description: '1, 2, 3 …' }),
    hash: z
      .string()
      .openapi({ description: 'SHA-256 of the chart as stored: an unchanged chart makes no new version.' }),
    createdAt: moment,
  })
  .openapi('ChartSummary');

/** A version of a chart with the chart itself: envelope and definition. */
export const chartDetail = chartSummary.extend({ chart: jsonValue }).openapi('Chart');

/** The answer to an upload: `created` is false where the newest version is the same chart. */
export const chartPut = chartSummary.extend({ created: z.boolean() }).openapi('ChartPut');

/** The charts that are not deleted, each in its newest version. */
export const chartList = z.object({ items: z.array(chartSummary) }).openapi('ChartList');

/** A version of a chart, as lists show it. */
export type ChartSummary = z.infer<typeof chartSummary>;

/** A version of a chart with the chart itself. */
export type ChartDetail = z.infer<typeof chartDetail>;

/** The answer to an upload. */
export type ChartPut = z.infer<typeof chartPut>;

/** The charts. */
export type ChartList = z.infer<typeof chartList>;

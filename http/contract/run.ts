import { z } from '@hono/zod-openapi';
import { flowOutcome, flowStatus, flowView } from '#http/contract/flow';
import { jsonValue, moment } from '#http/contract/json';
import { nextCursor } from '#http/contract/page';

/** What a run can be in. */
export const RUN_STATUSES = ['Running', 'Paused', 'Parked', 'Succeeded', 'Failed', 'TimedOut', 'Cancelled'] as const;

/** What a run is in: `Running` until it has ended, unless a person paused it or it was parked, as poison or by its chart's `failover: off`. */
export const runStatus = z.enum(RUN_STATUSES).openapi('RunStatus');

/** What runs can be asked for by: not yet `Paused`, which nothing puts a run into. */
export const LISTED_STATUSES = RUN_STATUSES.filter((status) => status !== 'Paused');

/** What a start carries. */
export const startRun = z
  .strictObject({
    name: z.string().optional().openapi({
      description:
        "The run's name, unique in its chart: a start repeated with the same name and input returns the same run.",
      example: 'monday',
    }),
    version: z.int().min(1).optional().openapi({ description: "The chart's version; the newest one if absent." }),
    input: jsonValue.optional().openapi({ description: 'The input of the run; `{}` if absent.' }),
    inputFrom: z.string().max(200).optional().openapi({
      description: 'In place of `input`: the `key` of what was uploaded by POST /v1/uploads.',
    }),
  })
  .openapi('StartRun');

/** The answer to a start: `created` is false where a run of that name was there already. */
export const runStarted = z
  .object({
    run: z.string().openapi({ example: 'report:monday' }),
    chart: z.string(),
    name: z.string(),
    created: z.boolean(),
    startedAt: moment,
  })
  .openapi('RunStarted');

/** A run, as lists show it. */
export const runSummary = z
  .object({
    run: z.string().openapi({ description: '`<chart>:<name>`', example: 'report:monday' }),
    chart: z.string(),
    version: z.int(),
    name: z.string(),
    status: runStatus,
    startedAt: moment,
    updatedAt: moment,
    endedAt: moment.optional(),
    redrives: z.int().openapi({ description: 'How often it was redriven.' }),
    archived: z.boolean().optional().openapi({
      description: 'True once its rows were moved to the archive: it can be read as before, and not be redriven.',
    }),
  })
  .openapi('RunSummary');

/** A run with what it carries and its flows. */
export const runDetail = runSummary
  .extend({
    input: jsonValue,
    outcome: flowOutcome.optional(),
    flows: z.array(flowView),
    flowCounts: z.partialRecord(flowStatus, z.int()).openapi({ description: 'How many flows there are by status.' }),
    moreFlows: z.boolean().openapi({ description: 'True where `flows` does not hold all of them.' }),
  })
  .openapi('Run');

/** A page of runs, newest first. */
export const runPage = z.object({ items: z.array(runSummary), cursor: nextCursor }).openapi('RunPage');

/** What a cancel may carry. */
export const cancelRun = z
  .strictObject({ error: z.string().max(256).optional(), cause: z.string().max(32_768).optional() })
  .openapi('CancelRun');

/** What a run is in. */
export type RunStatus = z.infer<typeof runStatus>;

/** What a start carries. */
export type StartRun = z.infer<typeof startRun>;

/** The answer to a start. */
export type RunStarted = z.infer<typeof runStarted>;

/** A run, as lists show it. */
export type RunSummary = z.infer<typeof runSummary>;

/** A run with what it carries and its flows. */
export type RunDetail = z.infer<typeof runDetail>;

/** A page of runs. */
export type RunPage = z.infer<typeof runPage>;

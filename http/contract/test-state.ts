import { z } from '@hono/zod-openapi';
import { jsonValue } from '#http/contract/json';

/** The most characters of one text (Step Functions: 262,144). */
const mostText = 262_144;
const count = z.int().min(0);
const values = z.record(z.string(), jsonValue);

const mock = z
  .strictObject({
    result: jsonValue
      .optional()
      .openapi({ description: 'What the action gives; of a Parallel or Map what all branches or items give.' }),
    errorOutput: z
      .strictObject({ error: z.string().max(256), cause: z.string().max(32_768).optional() })
      .optional()
      .openapi({ description: 'What it fails with, in the place of `result`.' }),
    fieldValidationMode: z.enum(['STRICT', 'PRESENT', 'NONE']).optional().openapi({
      description:
        'How `result` is compared with the answer of the service that the Task calls, as far as its shape is known. `STRICT`, the default: what is required is there, and what is there has the right type; `PRESENT`: the types alone; `NONE`: not at all.',
    }),
  })
  .openapi('Mock');

const situation = z
  .strictObject({
    retrierRetryCount: count.optional().openapi({ description: 'How often the rule of `Retry` was used before.' }),
    errorCausedByState: z
      .string()
      .min(1)
      .max(80)
      .optional()
      .openapi({ description: 'Which state inside the Parallel or Map the error comes from.' }),
    mapIterationFailureCount: count.optional().openapi({ description: 'How many items of the Map failed.' }),
    mapItemReaderData: z
      .string()
      .max(mostText)
      .optional()
      .openapi({ description: "What the Map's `ItemReader` reads, as text: JSON or JSONL." }),
  })
  .openapi('StateConfiguration');

/** What a test of one state is asked with. */
export const testStateRequest = z
  .strictObject({
    definition: jsonValue.openapi({
      description: 'A state, or a chart together with `stateName`: an object, or its text in JSON or YAML.',
      example: { Type: 'Pass', Result: 1, End: true },
    }),
    stateName: z.string().max(80).optional().openapi({ description: 'Which state of the chart.' }),
    input: jsonValue.optional().openapi({ description: '`{}` where absent.' }),
    variables: values.optional().openapi({ description: 'Variables that the state finds, without their `$`.' }),
    context: values.optional().openapi({ description: 'The whole context object; only together with `mock`.' }),
    mock: mock.optional(),
    stateConfiguration: situation.optional(),
    inspectionLevel: z.enum(['INFO', 'DEBUG', 'TRACE']).optional().openapi({ description: '`INFO` where absent.' }),
    roleArn: z.string().max(256).optional().openapi({ description: 'What `$$.Execution.RoleArn` says.' }),
    revealSecrets: z
      .boolean()
      .optional()
      .openapi({ description: 'Without effect: nothing is called, so nothing is hidden.' }),
  })
  .openapi('TestStateRequest');

/** The values on the way through the state, as far as its type and its query language have them. */
const inspectionData = z
  .object({
    input: jsonValue.optional(),
    afterInputPath: jsonValue.optional(),
    afterParameters: jsonValue.optional(),
    afterArguments: jsonValue.optional(),
    afterItemsPointer: jsonValue.optional(),
    afterItemsPath: jsonValue.optional(),
    afterItemSelector: z.array(jsonValue).optional(),
    afterItemBatcher: z.array(jsonValue).optional(),
    result: jsonValue.optional(),
    afterResultSelector: jsonValue.optional(),
    afterResultPath: jsonValue.optional(),
    variables: values.optional(),
    errorDetails: z
      .object({
        catchIndex: count.optional(),
        retryIndex: count.optional(),
        retryBackoffIntervalSeconds: count.optional(),
      })
      .optional(),
    maxConcurrency: count.optional(),
    toleratedFailureCount: count.optional(),
    toleratedFailurePercentage: z.number().optional(),
  })
  .openapi('InspectionData');

/** What the state did. */
export const testStateAnswer = z
  .object({
    status: z.enum(['SUCCEEDED', 'FAILED', 'RETRIABLE', 'CAUGHT_ERROR']),
    output: jsonValue.optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
    nextState: z.string().optional().openapi({ description: 'Absent where the flow would end here.' }),
    inspectionData: inspectionData.optional(),
  })
  .openapi('TestStateAnswer');

/** What a test of one state is asked with. */
export type TestStateRequest = z.infer<typeof testStateRequest>;

/** What the state did. */
export type TestStateAnswer = z.infer<typeof testStateAnswer>;

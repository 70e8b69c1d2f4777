import { z } from 'zod';
import { boundsSchema } from '#engine/chart/bounds';
import type { Chart } from '#engine/chart/chart';
import { into, type Problems } from '#engine/chart/problems';
import { didYouMean } from '#engine/chart/suggest';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { checkSchedule } from '#engine/schedule';
import { lookUp, sentenceOf } from '#engine/schema-words';

const name = z
  .string()
  .min(1)
  .max(80)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'may have letters, digits, dots, dashes and underscores, a letter or digit first',
  );

const trigger = z.strictObject({
  schedule: z.string().min(1),
  timezone: z.string().min(1).default('UTC'),
});

/** The envelope of a chart file (DESIGN.md §2). `definition` is checked by the validator of the states language. */
export const envelopeSchema = z.strictObject({
  name,
  description: z.string().max(10_000).default(''),
  queue: name.default('default'),
  queues: z.record(z.string(), name).default({}),
  type: z.enum(['STANDARD', 'EXPRESS']).default('STANDARD'),
  limits: z.enum(['none', 'aws']).default('none'),
  breaks: z.union([z.literal('every-action'), z.array(z.string())]).optional(),
  // YAML 1.2 reads `off` as text; writers of YAML 1.1 turn it into false.
  failover: z
    .union([z.enum(['on', 'off']), z.boolean()])
    .default('on')
    .transform((value): Chart['failover'] => (value === true || value === 'on' ? 'on' : 'off')),
  triggers: z.array(trigger).max(100).default([]),
  bounds: boundsSchema.optional(),
  definition: z.unknown().optional(),
});

/** Fields of the envelope. */
export const envelopeFields: readonly string[] = Object.keys(envelopeSchema.shape);

/** Checks the envelope; adds every error. Returns the chart's head where it has none. */
export const checkEnvelope = (value: JsonObject, problems: Problems): Omit<Chart, 'definition'> | undefined => {
  const parsed = envelopeSchema.safeParse(value);
  for (const issue of parsed.error?.issues ?? []) addIssue(issue, value, problems);
  if (isArray(value.triggers)) checkTriggers(value.triggers, problems);
  if (!parsed.success) return undefined;
  const { definition: _, type, limits, ...head } = parsed.data;
  const isExpress = type === 'EXPRESS';
  return {
    ...head,
    breaks: head.breaks ?? (isExpress ? [] : 'every-action'),
    // What is as ever is left out: a chart that did not change is no new version.
    ...(isExpress && { type }),
    ...(limits === 'aws' && { limits }),
  };
};

/** What each trigger has that can be checked, whatever else is wrong with the envelope. */
const checkTriggers = (triggers: readonly Json[], problems: Problems): void => {
  triggers.forEach((each, i) => {
    const { schedule = '', timezone } = isObject(each) ? each : {};
    if (typeof schedule !== 'string' || schedule === '') return;
    const zone = typeof timezone === 'string' && timezone !== '' ? timezone : 'UTC';
    for (const { code, field, message, suggestion } of checkSchedule(schedule, zone)) {
      problems.add(code, into(into('/triggers', i), field), message, suggestion);
    }
  });
};

const addIssue = (issue: z.core.$ZodIssue, value: JsonObject, problems: Problems): void => {
  const pointer = issue.path.reduce<string>((so, key) => into(so, typeof key === 'number' ? key : String(key)), '');
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(issue.path);
    for (const key of issue.keys) {
      const suggestion = didYouMean(key, known);
      problems.add('UNKNOWN_FIELD', into(pointer, key), `A chart has no field '${key}' here.`, suggestion);
    }
  } else if (issue.code === 'invalid_type' && lookUp(value, issue.path) === undefined) {
    problems.add('MISSING_FIELD', pointer, `The field '${String(issue.path.at(-1))}' is missing.`);
  } else problems.add('INVALID_VALUE', pointer, sentenceOf(issue, value, 'The chart'));
};

const fieldsAt = ([at]: readonly PropertyKey[]): readonly string[] => {
  if (at === undefined) return envelopeFields;
  return at === 'bounds' ? Object.keys(boundsSchema.shape) : ['schedule', 'timezone'];
};

/** True for a document that is a state machine itself, without our envelope. */
export const isBareDefinition = (value: Json): boolean =>
  isObject(value) && value.definition === undefined && (value.States !== undefined || value.StartAt !== undefined);

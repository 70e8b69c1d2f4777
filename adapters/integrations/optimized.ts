import { type ErrorNames, optimizedErrors } from '#adapters/integrations/errors';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import type { IntegrationOutcome } from '#ports/integrations';

/** What sets an optimized integration apart from the bare API that it calls. */
export interface Optimized {
  readonly service: string;
  readonly api: string;
  readonly errors: ErrorNames;
  /** Changes what the chart hands over. `token`: a client token of the call. */
  readonly prepare?: (input: JsonObject, token: string) => JsonObject;
  /** A failure that the service's answer holds. */
  readonly failure?: (output: JsonObject) => IntegrationOutcome | undefined;
}

const dynamodb = {
  service: 'dynamodb',
  errors: optimizedErrors('DynamoDB', 'AmazonDynamoDBv2', 'AmazonDynamoDBException'),
};

/** The optimized integrations by their names in charts; Lambda's is in `lambda.ts`. */
export const OPTIMIZED: Readonly<Record<string, Optimized>> = {
  'sqs:sendMessage': {
    service: 'sqs',
    api: 'sendMessage',
    errors: optimizedErrors('SQS', 'AmazonSQS'),
    prepare: (input, token) => withDeduplication(input, input.QueueUrl, token),
  },
  'sns:publish': {
    service: 'sns',
    api: 'publish',
    errors: optimizedErrors('SNS', 'AmazonSNS'),
    prepare: (input, token) => withDeduplication(input, input.TopicArn, token),
  },
  'events:putEvents': {
    service: 'eventbridge',
    api: 'putEvents',
    errors: optimizedErrors('EventBridge', 'AmazonEventBridge'),
    failure: failedEntries,
  },
  'dynamodb:getItem': { ...dynamodb, api: 'getItem' },
  'dynamodb:putItem': { ...dynamodb, api: 'putItem' },
  'dynamodb:updateItem': { ...dynamodb, api: 'updateItem' },
  'dynamodb:deleteItem': { ...dynamodb, api: 'deleteItem' },
  'ecs:runTask': {
    service: 'ecs',
    api: 'runTask',
    errors: optimizedErrors('ECS', 'AmazonECS'),
    failure: nothingStarted,
  },
};

/** A queue or topic in order drops a message that it has had: a repeated call is one. Where the chart says by what, it knows better. */
function withDeduplication(input: JsonObject, target: Json | undefined, token: string): JsonObject {
  if (typeof target !== 'string' || !target.endsWith('.fifo') || input.MessageDeduplicationId !== undefined)
    return input;
  return { ...input, MessageDeduplicationId: token };
}

/** An entry that was not taken fails the Task, which names all of them. */
function failedEntries({ Entries: entries, FailedEntryCount: failed }: JsonObject): IntegrationOutcome | undefined {
  if (typeof failed !== 'number' || failed === 0) return undefined;
  const cause = JSON.stringify({ Entries: entries ?? [], FailedEntryCount: failed });
  return { ok: false, error: 'EventBridge.FailedEntry', cause };
}

/** ECS answers with success where it had no room for the task. */
function nothingStarted({ Failures: failures, Tasks: tasks }: JsonObject): IntegrationOutcome | undefined {
  if (!isArray(failures) || failures.length === 0 || (isArray(tasks) && tasks.length > 0)) return undefined;
  const reasons = failures
    .map((each) => (isObject(each) ? each.Reason : undefined))
    .filter((reason) => reason !== undefined);
  return { ok: false, error: 'AmazonECS.Unknown', cause: JSON.stringify({ Failures: failures, Reasons: reasons }) };
}

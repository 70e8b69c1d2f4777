/** A client's package, as far as it is used here: its exports by name. */
export type ClientModule = Readonly<Record<string, unknown>>;

/**
 * The clients of the optimized integrations, each named as a literal, so that a bundler packs them. In `aws-sdk:<service>` they have the same names. Where
 * nothing is bundled they are loaded when a Task first calls the service, if they are installed.
 */
export const BUNDLED_CLIENTS: Readonly<Record<string, () => Promise<object>>> = {
  dynamodb: () => import('@aws-sdk/client-dynamodb'),
  ecs: () => import('@aws-sdk/client-ecs'),
  eventbridge: () => import('@aws-sdk/client-eventbridge'),
  lambda: () => import('@aws-sdk/client-lambda'),
  sns: () => import('@aws-sdk/client-sns'),
  sqs: () => import('@aws-sdk/client-sqs'),
};

/** Listed prices of us-east-1 in November 2026, in dollars; arm64 where there is a choice. */

const MILLION = 1e6;

/** DynamoDB on demand, standard SQS, Lambda and what else an installation may use, each for one. */
export const PRICES = {
  writeUnit: 0.625 / MILLION,
  readUnit: 0.125 / MILLION,
  /** Above the first 25 GB of an account, which are free; point-in-time recovery is by the GB too. */
  storedGbMonth: 0.25,
  recoveryGbMonth: 0.2,
  sqsRequest: 0.4 / MILLION,
  lambdaRequest: 0.2 / MILLION,
  lambdaGbSecond: 0.0000133334,
  httpApiRequest: 1 / MILLION,
  alarmMetricMonth: 0.1,
  logGb: 0.5,
  interfaceEndpointHour: 0.01,
  natGatewayHour: 0.045,
  keyMonth: 1,
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
} as const;

/** What others ask for an action. */
export const RIVALS = {
  standardTransition: 25 / MILLION,
  expressRequest: 1 / MILLION,
  expressGbSecond: 0.00001667,
  durableOperation: 8 / MILLION,
} as const;

/** A month, as AWS's own estimates count it. */
export const MONTH_HOURS = 730;
export const MONTH_SECONDS = MONTH_HOURS * 3_600;

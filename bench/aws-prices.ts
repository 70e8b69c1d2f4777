/** What AWS charges in us-east-1, in dollars (November 2026). */
export const PRICES = {
  /** A write unit of an on-demand table. */
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  /** Storage above the first 25 GB of an account, which are free; point-in-time recovery is by the GB too. */
  tableGbMonth: 0.25,
  recoveryGbMonth: 0.2,
  sqsRequest: 0.4 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  /** On arm64. */
  lambdaGbSecond: 0.0000133334,
  alarmMetricMonth: 0.1,
  customMetricMonth: 0.3,
  /** Beyond the three that an account has for nothing. */
  dashboardMonth: 3,
  logGb: 0.5,
  interfaceEndpointHour: 0.01,
  natGatewayHour: 0.045,
  keyMonth: 1,
} as const;

/** A month, as AWS's own estimates count it. */
export const HOURS = 730;

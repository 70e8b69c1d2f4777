/** Where metrics of our own go; their dimension `service` is the installation's name. */
export const METRICS_NAMESPACE = 'Flowbeat';

/** Metrics of our own that alarms look at. */
export const METRICS = {
  parked: 'FlowsParked',
  left: 'FlowsLeftBehind',
  braked: 'Braked',
} as const;

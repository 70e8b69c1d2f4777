/** The metrics of an installation, written only when something happened, so that an idle one has none. infra/ makes its alarms of these names. */
export const METRICS = {
  /** Flows taken from their owner. */
  takeOvers: 'TakeOvers',
  /** Workers taken for dead. */
  condemned: 'WorkersCondemned',
  /** Flows that wait for a person's word: poison, or `failover: off`. */
  parked: 'FlowsParked',
  /** Flows that a census found left behind: above zero a message was lost. */
  left: 'FlowsLeftBehind',
  /** Sweeps that did nothing, because the brake of all automation is on. */
  braked: 'Braked',
  /** Workers that live, as the sweeper sees it each minute. */
  workers: 'Workers',
  /** Hosts that should have a worker and have none, for longer than a start takes; counted each minute. */
  unseen: 'HostsWithoutWorker',
  /** Flows of dead workers that the rate of take-overs, or a sweep's time, left for the next sweep. */
  backlog: 'TakeOverBacklog',
  /** Steps of our own that failed and are repeated. */
  failures: 'Failures',
  /** Milliseconds by which the clock of a worker or a function is off from AWS's, whichever way. */
  skew: 'clockSkewMs',
} as const;

/** The namespace of the metrics; the dimension `service` is the installation's name. */
export const METRICS_NAMESPACE = 'Flowbeat';

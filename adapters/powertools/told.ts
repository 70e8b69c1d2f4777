import { METRICS } from '#adapters/powertools/metric-names';

type Fields = Readonly<Record<string, unknown>>;

/** What is made of an event: a line of the log, and what is counted. */
export interface Told {
  /** Absent where it is only counted. */
  readonly level?: 'info' | 'warn' | 'error';
  readonly counts: Readonly<Record<string, number>>;
  /** What is measured in milliseconds. */
  readonly millis?: Readonly<Record<string, number>>;
}

const warn = (counts: Told['counts'] = {}): Told => ({ level: 'warn', counts });

/** What a census looked at is no finding. */
function census({ looked: _looked, ...found }: Fields): Told | undefined {
  let left = 0;
  for (const count of Object.values(found)) if (typeof count === 'number') left += count;
  return left > 0 ? warn({ [METRICS.left]: left }) : undefined;
}

/** A sweep of the rule counts the workers where there are any; any sweep tells of what it left. */
function swept({ wake, workers, backlog }: Fields): Told | undefined {
  const left = typeof backlog === 'number' && backlog > 0 ? { [METRICS.backlog]: backlog } : {};
  const live = wake === undefined && typeof workers === 'number' && workers > 0 ? { [METRICS.workers]: workers } : {};
  const counts = { ...left, ...live };
  return Object.keys(counts).length > 0 ? { counts } : undefined;
}

/** Two log lines an action would cost more than its commit, so only what somebody may have to act on is told. */
const TOLD: Readonly<Record<string, (fields: Fields) => Told | undefined>> = {
  takenOver: ({ status }) => warn({ [METRICS.takeOvers]: 1, ...(status === 'Parked' && { [METRICS.parked]: 1 }) }),
  condemned: () => warn({ [METRICS.condemned]: 1 }),
  parked: () => warn({ [METRICS.parked]: 1 }),
  census,
  swept,
  brakeSet: () => warn(),
  brakeReleased: () => warn(),
  leaseLost: () => warn(),
  braked: () => warn({ [METRICS.braked]: 1 }),
  ecsRefused: () => warn(),
  formatNewer: () => warn(),
  slotsLeft: () => warn(),
  workerUnseen: () => warn({ [METRICS.unseen]: 1 }),
  platformEvent: () => warn(),
  voted: () => warn(),
  clockSkewed: ({ skewMs }) => ({ ...warn(), millis: { [METRICS.skew]: Math.abs(Number(skewMs)) } }),
  adopted: () => warn(),
  archiveTooLarge: () => warn(),
  'action.late': () => warn(),
  // Who changed what: a request of a person, not one of thousands.
  apiRequest: () => ({ level: 'info', counts: {} }),
};

/** What is told of an event; undefined where nothing is. Whatever failed is told. */
export const tellOf = (name: string, fields: Fields): Told | undefined =>
  name.endsWith('Failed') ? { level: 'error', counts: { [METRICS.failures]: 1 } } : TOLD[name]?.(fields);

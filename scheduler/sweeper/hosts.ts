/**
 * The sweeper's look at the hosts that should have a worker, as their platform lists them. What it finds, and no more:
 *
 * - A host without a worker, for longer than a start takes, is told of (`workerUnseen`).
 * - A worker whose host is no more listed: the platform is asked about that host by its name, and only that it says the host is gone is a sign, which needs a
 *   second one (votes.ts). A list that is short, late or refused says nothing (L12: and should the platform be wrong, safety is the term).
 * - Whether an earlier look listed a host is told with the question: of any other, that the platform does not know it proves nothing.
 *
 * What the last look saw is a row, which the API shows: it needs no right to ask the platform by itself.
 */
import type { Json } from '#engine/json';
import type { EpochMs } from '#engine/time';
import type { Discovery, ListedHost } from '#ports/discovery';
import type { Platform, WatchedLease } from '#ports/lease';
import type { Scheduler } from '#scheduler/context';
import { vote } from '#scheduler/take-over';

const KEY = 'sweeper.hosts';

/** An installation is asked about once a minute, however often sweeps are asked for; where there was nothing, each quarter of an hour. */
const PAUSE_MS = 50_000;
const IDLE_PAUSE_MS = 15 * 60_000;
/** An instance boots, a task fetches its image, a worker loads its handlers: what takes longer does not come by itself. */
const START_MS = 5 * 60_000;
/** The row holds so many hosts at most, those without a worker first: it is one item of the table, and written each minute. */
const MOST_HOSTS = 500;

/** A host as the last look saw it. */
interface SeenHost extends ListedHost {
  /** When it was first listed without a worker, by the sweeper's clock; absent while it has one. */
  readonly since?: EpochMs;
}

/** What is kept between two looks. */
interface Row {
  readonly at: EpochMs;
  readonly hosts: readonly SeenHost[];
}

/** What the sweeper last saw of the platform. */
export interface Discovered {
  /** By the sweeper's clock. */
  readonly at: EpochMs;
  /** Hosts that should have a worker and have none: now, by the leases. `since`: when each was first listed without one. */
  readonly idle: readonly (ListedHost & { readonly since: EpochMs })[];
}

/** What is asked, and in whose name somebody is condemned. */
export interface HostLook {
  readonly discoveries: readonly Discovery[];
  readonly by: string;
}

/** Looks at the hosts, where it is time for it. A platform that does not answer is asked again with the next sweep. Returns whether somebody was condemned. */
export async function lookAtHosts(
  s: Scheduler,
  leases: readonly WatchedLease[],
  { discoveries, by }: HostLook,
): Promise<boolean> {
  const stored = await s.store.readSetting(KEY);
  const before = stored as unknown as Row | undefined;
  const now = s.clock.now();
  if (before && !isDue(before, leases.length, now)) return false;
  const live = leases.filter(({ condemned }) => !condemned);
  const known = before?.hosts ?? [];
  const answer = await askPlatform(live, discoveries, known).catch((error: unknown) => {
    s.telemetry.event('discoverFailed', { message: String(error) });
  });
  if (!answer) return false;
  const dead = new Set<WatchedLease>();
  // Before the row: whoever is cut between the two asks about the same hosts again, and still knows that they were listed.
  for (const lease of live) {
    const gone = answer.gone.find(({ host }) => host === lease.platform);
    if (!gone) continue;
    if (await vote(s, lease, by, { kind: 'answer', text: gone.text })) dead.add(lease);
  }
  const still = live.filter((lease) => !dead.has(lease));
  const hosts = answer.listed.map((host) => seen(host, still, known, now)).sort(idleFirst);
  const row: Row = { at: now, hosts: [...hosts, ...keptFor(still, known, answer.listed)].slice(0, MOST_HOSTS) };
  // Where another sweep looked at the same time one of the two tells.
  if (await s.store.writeSetting(KEY, row as unknown as Json, stored)) tell(s, hosts, now);
  return dead.size > 0;
}

/** What the last look saw, without the hosts that have a worker by now. Undefined where nobody looks, or has not looked yet. */
export async function readHosts({ store }: Pick<Scheduler, 'store'>): Promise<Discovered | undefined> {
  const row = (await store.readSetting(KEY)) as unknown as Row | undefined;
  if (!row) return undefined;
  const leases = (await store.watchedLeases()).filter(({ condemned }) => !condemned);
  const idle = row.hosts.flatMap(({ since, ...host }) =>
    since === undefined || isServed(host, leases) ? [] : [{ ...host, since }],
  );
  return { at: row.at, idle };
}

/** A clock that is behind the one of the look before looks at once. */
function isDue({ at, hosts }: Row, workers: number, now: EpochMs): boolean {
  const passed = now - at;
  return passed < 0 || passed >= (workers > 0 || hosts.length > 0 ? PAUSE_MS : IDLE_PAUSE_MS);
}

/** By the task where there is one: an instance may have several. */
const isSame = (host: Platform, other: Platform): boolean =>
  host.taskArn === undefined
    ? host.instanceId !== undefined && host.instanceId === other.instanceId
    : host.taskArn === other.taskArn;

const isServed = (host: Platform, leases: readonly WatchedLease[]): boolean =>
  leases.some(({ platform }) => platform !== undefined && isSame(host, platform));

/** All lists, and what is said of those whose workers' hosts are in none of them. */
async function askPlatform(
  live: readonly WatchedLease[],
  discoveries: readonly Discovery[],
  known: readonly SeenHost[],
) {
  const listed = (await Promise.all(discoveries.map((each) => each.list()))).flat();
  const missing = live.flatMap(({ platform: host }) =>
    host && !listed.some((one) => isSame(one, host))
      ? [{ host, wasListed: known.some((one) => isSame(one, host)) }]
      : [],
  );
  const gone = missing.length === 0 ? [] : await Promise.all(discoveries.map((each) => each.ask(missing)));
  return { listed, gone: gone.flat() };
}

const idleFirst = (a: SeenHost, b: SeenHost): number => Number(a.since === undefined) - Number(b.since === undefined);

/** Of a host that has a worker its name is kept, no more: its lease tells the rest, and each KB of the row is a write unit a minute. */
function seen(host: ListedHost, leases: readonly WatchedLease[], known: readonly SeenHost[], now: EpochMs): SeenHost {
  if (isServed(host, leases)) return nameOf(host);
  return { ...host, since: known.find((one) => isSame(one, host))?.since ?? now };
}

const nameOf = ({ taskArn, instanceId }: Platform): Platform => ({
  ...(taskArn === undefined ? instanceId !== undefined && { instanceId } : { taskArn }),
});

/** What was listed, is not now, and has a worker of whose end nothing is known: that it was listed once counts with the next look. */
const keptFor = (
  leases: readonly WatchedLease[],
  known: readonly SeenHost[],
  listed: readonly Platform[],
): readonly SeenHost[] =>
  known.filter((host) => isServed(host, leases) && !listed.some((one) => isSame(one, host))).map(nameOf);

function tell(s: Scheduler, hosts: readonly SeenHost[], now: EpochMs): void {
  for (const { since, ...host } of hosts)
    if (since !== undefined && now - since >= START_MS)
      s.telemetry.event('workerUnseen', { ...host, forMs: now - since });
}

/**
 * Real worker processes over DynamoDB and SQS, one of which is away for all of them: no packet passes, nobody is told, and the connections of before stay dead
 * afterwards. Runs are started all the time. At the end every run must have succeeded with a history that tells of each state once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { RunId } from '#ports/ids';
import { CloudCluster, type LinkedMember, type Service } from '#test/support/cloud-cluster';
import { type Entry, until } from '#test/support/cluster';

/** How an outage goes. */
export interface OutageOptions {
  readonly service: Service;
  readonly seconds: number;
  readonly workers?: number;
  /** Told of what happens. */
  readonly say?: (text: string) => void;
}

/** What an outage has left; times in milliseconds. */
export interface OutageResult {
  readonly runs: number;
  /** What is wrong: runs that did not end as they should, and workers that did not do as they should. */
  readonly wrong: readonly string[];
  /** From the cut to the abort of the last action that ran then; absent where none was to be aborted. */
  readonly abortedAfterMs?: number;
  /** From the mend to the first action that was begun or done, and to the end of the last run. */
  readonly againAfterMs: number;
  readonly endedAfterMs: number;
  /** Actions that were done more than once. */
  readonly repeated: number;
  /** Incarnations that were given up. */
  readonly leasesLost: number;
}

const WINDOW_MS = 6_000;
const PLACES = 8;
/** Runs whose action runs when the outage begins. */
const HELD = 6;
const START_EVERY_MS = 500;
/** How long runs are started before the outage, and after it. */
const BESIDE_MS = 3_000;
const PATIENCE_MS = 180_000;
/** A beat that was answered just before the cut, and the journal's lines. */
const SLACK_MS = 1_000;

const task = (activity: string, name: string, more: object) => ({
  Type: 'Task',
  Resource: `activity:${activity}`,
  Parameters: { name },
  ...more,
});
const branch = (name: string) => ({ StartAt: name, States: { [name]: task('note', name, { End: true }) } });

const CHARTS = {
  held: {
    StartAt: 'Before',
    States: {
      Before: task('note', 'Before', { Next: 'Hold' }),
      Hold: task('hold', 'Hold', { Next: 'After' }),
      After: task('note', 'After', { End: true }),
    },
  },
  moving: {
    StartAt: 'First',
    States: {
      First: task('note', 'First', { Next: 'Both' }),
      Both: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], Next: 'Wait' },
      Wait: { Type: 'Wait', Seconds: 1, Next: 'Last' },
      Last: task('note', 'Last', { End: true }),
    },
  },
} as const;

/** What a run's history tells of, each once. */
const STATES = {
  held: ['After', 'Before', 'Hold'],
  moving: ['Both', 'First', 'Last', 'Left', 'Right', 'Wait'],
} as const;
const OUTPUTS = { held: { name: 'After' }, moving: { name: 'Last' } } as const;
type Kind = keyof typeof CHARTS;

/** Lets a service go away, and come back. */
export async function outage({ service, seconds, workers = 3, say = () => {} }: OutageOptions): Promise<OutageResult> {
  await using cluster = await CloudCluster.open(WINDOW_MS);
  for (const [name, definition] of Object.entries(CHARTS))
    await cluster.operations.putChart(JSON.stringify({ name, definition }));
  const members: LinkedMember[] = [];
  for (let i = 0; i < workers; i++) members.push(await cluster.worker(`w${i}`, '--places', String(PLACES)));
  const started: { readonly run: RunId; readonly kind: Kind }[] = [];
  const start = async (kind: Kind) => {
    const { run } = await cluster.operations.startRun({ chart: kind, name: `r${started.length}`, input: {} });
    started.push({ run, kind });
  };
  for (let i = 0; i < HELD; i++) await start('held');
  const began = (entry: Entry) => entry.what === 'began';
  await until(`${HELD} actions run`, () => cluster.journal().filter(began).length === HELD, members[0]);
  let enough = false;
  const starting = (async () => {
    for (; !enough; await pause(START_EVERY_MS)) await start('moving');
  })();
  await pause(BESIDE_MS);

  const cutAt = Date.now();
  for (const member of members) member.cut(service);
  say(`the ${service} is away`);
  await pause(seconds * 1_000);
  const during = cluster.journal();
  for (const member of members) member.mend(service);
  const mendedAt = Date.now();
  cluster.open('Hold');
  say(`the ${service} is back`);
  const again = await until(
    'an action goes on',
    () => cluster.journal().find(({ at, what }) => at >= mendedAt && what !== 'aborted'),
    undefined,
    PATIENCE_MS,
  );
  await pause(BESIDE_MS);
  enough = true;
  await starting;
  const wrong: string[] = wrongMeanwhile(service, during, cutAt);
  for (const { run, kind } of started) wrong.push(...(await wrongRun(cluster, run, kind)));
  const endedAt = Date.now();
  const exits = await Promise.all(members.map(stop));
  wrong.push(...exits.filter((exit) => exit !== 0).map((exit) => `a worker did not drain: ${exit}`));

  const leasesLost = members.reduce((sum, { output }) => sum + output().split('"event":"leaseLost"').length - 1, 0);
  if (service === 'table' && leasesLost < workers)
    wrong.push(`${leasesLost} of ${workers} workers gave up their leases`);

  const journal = cluster.journal();
  const done = journal.filter(({ what }) => what === 'done').map(({ key }) => key);
  const aborts = journal.filter(({ what, at }) => what === 'aborted' && at < mendedAt).map(({ at }) => at - cutAt);
  return {
    runs: started.length,
    wrong,
    ...(aborts.length > 0 && { abortedAfterMs: Math.max(...aborts) }),
    againAfterMs: again.at - mendedAt,
    endedAfterMs: endedAt - mendedAt,
    repeated: done.length - new Set(done).size,
    leasesLost,
  };
}

/** L11: without the table workers abort what they run within their window, and begin nothing. Without the queue they go on with what they have. */
function wrongMeanwhile(service: Service, during: readonly Entry[], cutAt: number): string[] {
  const aborted = during.filter(({ what }) => what === 'aborted');
  if (service === 'queue') return aborted.length === 0 ? [] : [`${aborted.length} actions were aborted without need`];
  const wrong: string[] = [];
  if (aborted.length !== HELD) wrong.push(`${aborted.length} of ${HELD} actions were aborted`);
  const late = during.filter(({ at }) => at > cutAt + WINDOW_MS + SLACK_MS);
  for (const { what, name, at } of late) wrong.push(`${name} ${what} ${at - cutAt} ms after the cut`);
  return wrong;
}

/** What is wrong with how a run went. */
async function wrongRun(cluster: CloudCluster, run: RunId, kind: Kind): Promise<string[]> {
  const { operations } = cluster;
  const look = async () => (await operations.showRun(run)).outcome;
  const outcome = await until(`${run} has ended`, look, undefined, PATIENCE_MS).catch((error: Error) => error);
  if (outcome instanceof Error) return [`${outcome.message} ${JSON.stringify((await operations.showRun(run)).flows)}`];
  if (outcome.status !== 'Succeeded' || !isDeepStrictEqual(outcome.output, OUTPUTS[kind]))
    return [`${run}: ${JSON.stringify(outcome)}`];
  const { events } = await operations.history(run, { limit: 1_000 });
  const gap = events.find(({ type }) => type === 'HistoryGap');
  if (gap) return [`${run}: a gap in its history: ${JSON.stringify(gap)}`];
  const told = (details: string) =>
    events.flatMap((event) => (event[details] as { readonly name?: string } | undefined)?.name ?? []).sort();
  return ['stateEnteredEventDetails', 'stateExitedEventDetails'].flatMap((details) =>
    isDeepStrictEqual(told(details), STATES[kind]) ? [] : [`${run}: ${details} of ${told(details).join(', ')}`],
  );
}

function stop(member: LinkedMember) {
  member.kill('SIGTERM');
  return member.ended;
}

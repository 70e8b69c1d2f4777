/**
 * The SQLite adapter alone against the floor: commits of a chain of ten actions by 100 flows in flight, each waiting for its own commit before
 * the next; then the whole life of a run (message, put, receive, claim, ten commits, done). No engine and no scheduler.
 * `node bench/store.ts [--json]`
 */
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import type { Fact } from '#engine/flow';
import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { type Incarnation, rootFlow, runId } from '#ports/ids';
import type { Message } from '#ports/message';
import { ACTIONS, floorLatency, floorThroughput, inFolder, median } from './floor.ts';

const OWNER = 'incarnation-abcdefghijkl' as Incarnation;
const NOW = epoch(1_790_000_000_000);

const fresh = (index: number): FlowRecord => {
  const run = runId('bench', `run-${String(index).padStart(6, '0')}-abcdefgh`);
  return {
    format: 1,
    id: rootFlow(run),
    run,
    chart: 'bench',
    version: 1,
    queue: 'default',
    needs: 'work',
    startedAt: NOW,
    nonce: 'abcdefghijklmnopqrstuv',
    status: 'Queued',
    term: 1,
    seq: 0,
    claims: 0,
    position: at(0),
    redrives: 0,
    updated: NOW,
  };
};

const at = (step: number): FlowRecord['position'] => ({
  at: `Step${step}`,
  phase: 'act',
  step: step + 1,
  input: { n: step, ok: true },
  vars: {},
  entered: NOW,
  attempt: 0,
});

const messageOf = (flow: FlowRecord): Message => ({
  kind: 'flow',
  queue: 'default',
  flow: flow.id,
  term: 1,
  needs: 'work',
});

/** A flow in its owner's hands, as a claim leaves it. */
type Owned = FlowRecord & { readonly owner: Incarnation };

async function claim({ commit }: Sqlite, flow: FlowRecord): Promise<Owned> {
  const fence = { term: 1, claimable: { dueBy: NOW } };
  const { ok } = await commit([{ kind: 'claim', flow: flow.id, if: fence, owner: OWNER, now: NOW }]);
  if (!ok) throw new Error(`${flow.id} was not claimed`);
  return { ...flow, status: 'Owned', owner: OWNER, term: 2, claims: 1 };
}

/** Ten commits, each durable before the next; the last one ends the flow. */
async function chain({ commit }: Sqlite, claimed: Owned): Promise<void> {
  let was = claimed;
  for (let step = 1; step <= ACTIONS; step++) {
    const last = step === ACTIONS;
    const { owner: _owner, ...rest } = was;
    const progress = { ...rest, seq: was.seq + 1, claims: 0, position: at(step) };
    const next: FlowRecord = last
      ? { ...progress, status: 'Succeeded', term: 3, outcome: { status: 'Succeeded', output: { n: 9, ok: true } } }
      : { ...progress, owner: OWNER };
    const facts: Fact[] = [['ok', NOW, { n: step, ok: true }]];
    const fence = { owner: OWNER, term: 2, seq: was.seq };
    if (!(await commit([{ kind: 'commit', flow: next, if: fence, facts }])).ok) throw new Error('refused');
    was = next as Owned;
  }
}

/** Calls `work` for 0 … count - 1, `inFlight` at a time. */
async function spread(count: number, inFlight: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, lane));
}

async function opened<T>(folder: string, work: (sqlite: Sqlite) => Promise<T>): Promise<T> {
  const sqlite = await openSqlite({ file: join(folder, `store-${performance.now()}.db`), clock: SYSTEM_CLOCK });
  try {
    return await work(sqlite);
  } finally {
    await sqlite.close();
  }
}

/** Durable actions a second through the adapter's commit: claimed before the clock starts. */
export const commitThroughput = (folder: string, inFlight = 100, runs = 5_000): Promise<number> =>
  opened(folder, async (sqlite) => {
    const flows: Owned[] = [];
    await spread(runs, 500, async (index) => {
      const flow = fresh(index);
      await sqlite.commit([{ kind: 'putFlow', flow, facts: [] }]);
      flows[index] = await claim(sqlite, flow);
    });
    const started = performance.now();
    await spread(runs, inFlight, (index) => chain(sqlite, flows[index] as Owned));
    return (runs * ACTIONS * 1000) / (performance.now() - started);
  });

/** Durable actions a second with everything that a run writes: message, put, receive, claim, commits, done. */
export const lifeThroughput = (folder: string, inFlight = 100, runs = 3_000): Promise<number> =>
  opened(folder, async (sqlite) => {
    const ended = new Map<string, () => void>();
    const started = performance.now();
    const starts = spread(runs, inFlight, async (index) => {
      const flow = fresh(index);
      const facts: Fact[] = [['started', NOW, { n: 0, ok: true }]];
      await sqlite.commit([
        { kind: 'send', message: messageOf(flow), delayMs: 0 },
        { kind: 'putFlow', flow, facts },
      ]);
      await new Promise<void>((resolve) => ended.set(flow.id, resolve));
    });
    // One receiver that asks for as many as it has places, as a worker does.
    let places = inFlight;
    const carried: Promise<void>[] = [];
    for (let left = runs; left > 0; ) {
      const options = { queues: ['default'], max: places, waitMs: 1_000, visibilityMs: 30_000 };
      const all = places > 0 ? await sqlite.queue.receive(options) : [];
      left -= all.length;
      places -= all.length;
      for (const received of all) {
        const carry = async () => {
          if (received.message.kind !== 'flow') throw new Error('not a flow');
          const found = (await sqlite.store.readFlow(received.message.flow)) as FlowRecord;
          const owned = await claim(sqlite, found);
          const [done] = await Promise.all([sqlite.queue.done(received), chain(sqlite, owned)]);
          places++;
          ended.get(found.id)?.();
          return done;
        };
        carried.push(carry());
      }
      if (places === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([starts, ...carried]);
    return (runs * ACTIONS * 1000) / (performance.now() - started);
  });

/** Milliseconds of ten commits one after another, for each of `runs` flows. */
export const commitLatency = (folder: string, runs = 300): Promise<number[]> =>
  opened(folder, async (sqlite) => {
    const times: number[] = [];
    for (let index = 0; index < runs; index++) {
      const flow = fresh(index);
      await sqlite.commit([{ kind: 'putFlow', flow, facts: [] }]);
      const owned = await claim(sqlite, flow);
      const started = performance.now();
      await chain(sqlite, owned);
      times.push(performance.now() - started);
    }
    return times;
  });

if (import.meta.main) {
  const rounds = 7;
  const ratios: Record<string, { floor: number[]; ours: number[] }> = {
    'commit, 100 in flight (actions/s)': { floor: [], ours: [] },
    'whole life, 100 in flight (actions/s)': { floor: [], ours: [] },
    'ten commits, one at a time (ms, p50)': { floor: [], ours: [] },
  };
  const [commits, life, low] = Object.values(ratios);
  await inFolder(async (folder) => {
    // Round by round, so that whatever else the machine does falls on both sides.
    for (let i = 0; i < rounds; i++) {
      const floor = await floorThroughput(folder, 100, 5_000);
      commits!.floor.push(floor);
      commits!.ours.push(await commitThroughput(folder));
      life!.floor.push(floor);
      life!.ours.push(await lifeThroughput(folder));
      low!.floor.push(median(await floorLatency(folder, 200)));
      low!.ours.push(median(await commitLatency(folder, 200)));
    }
  });
  const results = Object.entries(ratios).map(([name, { floor, ours }]) => ({
    name,
    floor: median(floor),
    ours: median(ours),
    ratio: median(ours.map((value, i) => value / (floor[i] as number))),
  }));
  if (process.argv.includes('--json')) console.log(JSON.stringify({ results }));
  else {
    for (const { name, floor, ours, ratio } of results) {
      console.log(`${name.padEnd(40)} floor ${floor.toFixed(2)}  ours ${ours.toFixed(2)}  ratio ${ratio.toFixed(2)}`);
    }
  }
}

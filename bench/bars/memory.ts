import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openSqlite, type Sqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { SYSTEM_IDS } from '#adapters/system/ids';
import { epoch } from '#engine/time';
import type { FlowRecord } from '#ports/flow-record';
import { rootFlow, runId } from '#ports/ids';
import { SILENT } from '#ports/telemetry';
import type { Write } from '#ports/write';
import { createOperations, createScheduler } from '#scheduler/create-operations';
import { alone, type Bar } from '../bar.ts';
import { residentMb, serve } from '../server.ts';

const AFTER_MS = 60_000;
const YEAR_MS = 365 * 86_400_000;
/** So many runs come through the public start call and are run to their waits by the server itself. */
const REAL = 1_000;

const CHARTS = [
  {
    name: 'far',
    definition: { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: YEAR_MS / 1_000, End: true } } },
  },
  {
    name: 'asks',
    definition: {
      StartAt: 'Ask',
      States: { Ask: { Type: 'Task', Resource: 'activity:work.waitForTaskToken', End: true } },
    },
  },
] as const;

/** A flow as the scheduler leaves it: half of them wait for a time that is a year away, half for an answer. */
function waiting(index: number): readonly Write[] {
  const chart = CHARTS[index % 2 === 0 ? 0 : 1];
  const run = runId(chart.name, `seeded-${index}`);
  const now = SYSTEM_CLOCK.now();
  const due = epoch(now + YEAR_MS + index);
  const byTime = chart.name === 'far';
  const flow: FlowRecord = {
    format: 1,
    id: rootFlow(run),
    run,
    chart: chart.name,
    version: 1,
    queue: 'default',
    needs: '',
    startedAt: now,
    nonce: SYSTEM_IDS.random(),
    status: 'Waiting',
    term: 3,
    seq: 1,
    claims: 0,
    waits: byTime ? { for: 'time', due } : { for: 'callback', key: '1.0', since: now },
    position: {
      at: chart.definition.StartAt,
      phase: byTime ? 'wait' : 'callback',
      step: 1,
      input: { index },
      vars: {},
      entered: now,
      attempt: 0,
      ...(byTime && { due }),
    },
    redrives: 0,
    updated: now,
  };
  const message = { kind: 'flow', queue: 'default', flow: flow.id, term: 3, needs: '', due } as const;
  return [
    ...(byTime ? [{ kind: 'send', message, delayMs: due - now } as const] : []),
    { kind: 'putFlow', flow, facts: [['started', now, { index }]] },
  ];
}

async function seed(file: string, count: number): Promise<void> {
  const sqlite: Sqlite = await openSqlite({ file, clock: SYSTEM_CLOCK });
  const s = createScheduler({ ...sqlite, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, telemetry: SILENT });
  const operations = createOperations(s);
  for (const chart of CHARTS) await operations.putChart(JSON.stringify(chart));
  const real = Math.min(REAL, count / 2);
  for (let from = 0; from < count - real; from += 2_000) {
    const length = Math.min(2_000, count - real - from);
    await Promise.all(Array.from({ length }, (_, i) => sqlite.commit(waiting(from + i))));
  }
  const started = Array.from({ length: real }, (_, i) =>
    operations.startRun({ chart: CHARTS[i % 2 === 0 ? 0 : 1].name, name: `real-${i}`, input: { n: i } }),
  );
  await Promise.all(started);
  await sqlite.close();
}

/** How many flows of the file wait. */
async function waitingIn(file: string): Promise<number> {
  const { store, close } = await openSqlite({ file, clock: SYSTEM_CLOCK });
  let count = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await store.listRuns({ status: 'Waiting', limit: 1_000, ...(cursor !== undefined && { cursor }) });
    count += page.items.length;
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  await close();
  return count;
}

/** What a server weighs that has much to remember and nothing to do. */
export const memory: Bar = {
  name: 'memory',
  async measure({ folder, tiny }) {
    const file = join(folder, 'memory.db');
    const runs = tiny ? 2_000 : 100_000;
    await seed(file, runs);
    // As every start but the very first: what a start leaves for the next ones is there.
    await (await serve(file)).stop();
    const server = await serve(file);
    await pause(tiny ? 3_000 : AFTER_MS);
    const mb = residentMb(server.pid);
    await server.stop();
    const count = await waitingIn(file);
    if (count !== runs) throw new Error(`${count} flows wait where ${runs} should`);
    if (mb === undefined) return [];
    const text = `resident memory of the process tree ${AFTER_MS / 1_000} s after start, ${runs} waiting runs on disk`;
    return [alone('memory', 'MB', mb, { bar: 180, is: 'at most' }, text)];
  },
};

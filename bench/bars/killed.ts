import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { isTerminal } from '#ports/flow-record';
import type { FlowId } from '#ports/ids';
import type { Store } from '#ports/store';
import { alone, type Bar } from '../bar.ts';

const CHILD = fileURLToPath(new URL('../killed-child.ts', import.meta.url));

/** What a process that is killed midway has acknowledged is in its file: starts, completions of actions, ends of runs. */
export const killed: Bar = {
  name: 'killed',
  async measure({ folder, rounds, tiny, say }) {
    let acknowledged = 0;
    const missing: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const file = join(folder, `killed-${round}.db`);
      const acks = join(folder, `killed-${round}.acks`);
      const child = spawn(process.execPath, [CHILD, file, acks], { stdio: ['ignore', 'inherit', 'inherit'] });
      await kill(child, acks, tiny ? 20_000 : 200_000 + Math.floor(Math.random() * 400_000));
      const found = await check(file, readFileSync(acks, 'utf8').split('\n'));
      acknowledged += found.acknowledged;
      missing.push(found.missing);
      say(`killed: ${found.acknowledged} acknowledgements, ${found.missing} missing`);
    }
    const lost = missing.reduce((sum, n) => sum + n, 0);
    if (lost > 0) throw new Error(`${lost} of ${acknowledged} acknowledged completions are missing after SIGKILL`);
    const text = `of ${acknowledged} acknowledgements by ${rounds} processes that were killed by SIGKILL midway`;
    return [alone('killed', 'missing', lost, { bar: 0, is: 'at most' }, text, missing)];
  },
};

/** SIGKILL once the acknowledgements have so many bytes. */
async function kill(child: ChildProcess, acks: string, bytes: number): Promise<void> {
  const exit = once(child, 'exit');
  while ((statSync(acks, { throwIfNoEntry: false })?.size ?? 0) < bytes) {
    if (child.exitCode !== null) throw new Error(`the process that was to be killed ended itself: ${child.exitCode}`);
    await pause(1);
  }
  child.kill('SIGKILL');
  await exit;
}

/** Each line is an acknowledgement: `start <flow>`, `done <flow> <actions>`, `end <flow>`. The last one may be cut. */
async function check(file: string, lines: readonly string[]) {
  const done = new Map<string, number>();
  const ended = new Set<string>();
  for (const line of lines.slice(0, -1)) {
    const [what, flow = '', actions = '0'] = line.split(' ');
    done.set(flow, Math.max(done.get(flow) ?? 0, Number(actions)));
    if (what === 'end') ended.add(flow);
  }
  const { store, close } = await openSqlite({ file, clock: SYSTEM_CLOCK });
  let missing = 0;
  for (const [flow, actions] of done) missing += await lost(store, flow as FlowId, actions, ended.has(flow));
  await close();
  return { acknowledged: lines.length - 1, missing };
}

/** How many acknowledgements of a flow are not in the file: by its own row, and by its history. */
async function lost(store: Store, flow: FlowId, actions: number, ended: boolean): Promise<number> {
  const record = await store.readFlow(flow);
  if (!record) return actions + 1;
  const chunks = await store.readFacts(flow, 0, 100);
  const completed = chunks.flatMap(({ facts }) => facts).filter(([kind]) => kind === 'ok').length;
  const notEnded = ended && !isTerminal(record.status) ? 1 : 0;
  return Math.max(0, actions - completed, actions - record.seq) + notEnded;
}

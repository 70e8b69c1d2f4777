/**
 * The process that is killed: does the high-throughput job and writes what it acknowledges to a file at once. A handler that is called for the n-th
 * action of a run has been told that n - 1 completions are durable. `node killed-child.ts <state file> <acknowledgements>`
 */
import { openSync, writeSync } from 'node:fs';
import type { RunId } from '#ports/ids';
import { rootFlow, runId } from '#ports/ids';
import { ACTIVITIES, embedded, nameOfRun } from './runs.ts';

const FLIGHT = 100;
const [file = '', acks = ''] = process.argv.slice(2);
const log = openSync(acks, 'w');
// What is written survives this process: SIGKILL takes nothing from the system's cache.
const acknowledge = (line: string) => writeSync(log, `${line}\n`);

const activities = {
  work(input: { readonly n: number }, { idempotencyKey }: { readonly idempotencyKey: string }) {
    const [flow] = idempotencyKey.split('#');
    if (input.n > 0) acknowledge(`done ${flow} ${input.n}`);
    return ACTIVITIES.work(input);
  },
};

const server = await embedded(file, FLIGHT, activities);
let next = 0;
const lane = async () => {
  for (;;) {
    const name = nameOfRun(next++);
    const flow = rootFlow(runId('bench', name) as RunId);
    await server.run(name, () => acknowledge(`start ${flow}`));
    acknowledge(`end ${flow}`);
  }
};
setInterval(() => {}, 60_000);
await Promise.all(Array.from({ length: FLIGHT }, lane));

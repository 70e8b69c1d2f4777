/**
 * A process that owns flows in a state file and commits them as fast as it can, ten at a time. Prints `<flow> <seq>` for each commit that
 * was acknowledged, after the acknowledgement. `node writer-process.ts <file> <name> <commits of each flow>`
 */
import { writeSync } from 'node:fs';
import { openSqlite } from '#adapters/sqlite/open';
import { SYSTEM_CLOCK } from '#adapters/system/clock';
import { commitOf, next, owned, put } from '#test/adapters/sqlite/records';

const [file, name, commits] = process.argv.slice(2) as [string, string, string];
const { commit, close } = await openSqlite({ file, clock: SYSTEM_CLOCK });

await Promise.all(
  Array.from({ length: 10 }, async (_, i) => {
    let flow = owned(`${name}-${i}`, name);
    await commit([put(flow)]);
    for (let n = 0; n < Number(commits); n++) {
      if (!(await commit([commitOf(flow)])).ok) throw new Error(`${flow.id} was refused at ${flow.seq}`);
      flow = next(flow);
      writeSync(1, `${flow.id} ${flow.seq}\n`);
    }
  }),
);
await close();

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '#adapters/sqlite/open';
import { contract } from '#test/contract/contract';
import { ManualClock } from '#test/contract/manual-clock';

contract('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-contract-'));
  const clock = new ManualClock();
  const { store, queue, commit, directClaims, close } = await openSqlite({ file: join(folder, 'state.db'), clock });
  return {
    store,
    queue,
    commit,
    directClaims,
    atomic: true,
    now: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    async close() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
});

import { join } from 'node:path';
import { alone, type Bar, median } from '../bar.ts';
import { serve } from '../server.ts';

/** How soon a server answers: the first time over no file, then over the file that is there. */
export const boot: Bar = {
  name: 'boot',
  async measure({ folder, tiny }) {
    const times: number[] = [];
    for (let i = 0; i < (tiny ? 1 : 10); i++) {
      const server = await serve(join(folder, 'boot.db'));
      times.push(server.bootMs);
      await server.stop();
    }
    const text = `p50 of ${times.length}, from the spawn of \`flowbeat serve\` with handlers to 200 on /v1/health`;
    return [alone('boot', 'ms', median(times), { bar: 1_000, is: 'at most' }, text, times)];
  },
};

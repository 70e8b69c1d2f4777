import { expect, test } from 'vitest';
import { storm } from '#test/kill/storm';

test('L1, L2, L4, L5: a dozen kills lose no run and accept no commit twice', async () => {
  const seed = 20;
  const { runs, lost, losses, doubleCommits, fallingTerms, takeovers } = await storm({ kills: 12, seed });
  expect(losses, `npm run kill -- --kills 12 --seed ${seed}`).toEqual([]);
  expect({ lost, doubleCommits, fallingTerms }).toEqual({ lost: 0, doubleCommits: 0, fallingTerms: 0 });
  expect(runs).toBeGreaterThan(20);
  // Nothing is shown where nothing was held when its worker was killed.
  expect(takeovers).toBeGreaterThan(0);
});

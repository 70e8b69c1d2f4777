import { defineConfig } from 'vitest/config';

// Tests that start processes, build packages or run emulators. They would starve each other on two cores, so they run one
// file at a time after the others, and each file's processes have the machine to themselves.
const heavy = ['test/{aws,contract,demo,e2e,examples,gates,kill,pack,requirements}/**/*.test.ts'];
const light = { include: ['test/**/*.test.ts'], exclude: heavy };

export default defineConfig({
  test: {
    // A slow machine is no failure; what must be fast is measured by `npm run bench`.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'light', ...light, pool: 'threads', maxWorkers: 2, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: { name: 'heavy', include: heavy, pool: 'forks', maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

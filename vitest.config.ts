import { defineConfig } from 'vitest/config';

// Tests that start processes, build packages or run emulators. They would starve each other on two cores, so they run one
// file at a time after the others, and each file's processes have the machine to themselves.
const heavy = ['test/{contract,demo,e2e,examples,gates,kill,pack,requirements}/**/*.test.ts'];
// Tests of an endpoint of AWS: `npm run test:aws` names it.
const aws = ['test/aws/**/*.test.ts', 'test/contract/dynamodb-sqs.test.ts'];
const light = { include: ['test/**/*.test.ts'], exclude: [...heavy, 'test/aws/**'] };
const one = { pool: 'forks', maxWorkers: 1 } as const;

export default defineConfig({
  test: {
    // A slow machine is no failure; what must be fast is measured by `npm run bench`.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    projects:
      process.env.FLOWBEAT_TEST_AWS === '1'
        ? [{ extends: true, test: { name: 'aws', include: aws, ...one } }]
        : [
            {
              extends: true,
              test: { name: 'light', ...light, pool: 'threads', maxWorkers: 2, sequence: { groupOrder: 0 } },
            },
            { extends: true, test: { name: 'heavy', include: heavy, ...one, sequence: { groupOrder: 1 } } },
          ],
  },
});

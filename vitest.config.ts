import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests that start processes, build packages or run emulators, after the others and each file in a process of its own. Most of their time they wait, for
// windows and for delays, so three at a time are what two cores bear.
const heavy = ['test/{contract,demo,e2e,examples,gates,kill,pack,requirements}/**/*.test.ts'];
// Tests of an endpoint of AWS: `npm run test:aws` names it.
const aws = ['test/aws/**/*.test.ts', 'test/contract/dynamodb-sqs.test.ts'];
const light = { include: ['test/**/*.test.ts'], exclude: [...heavy, 'test/aws/**'] };
const forks = (maxWorkers: number) => ({ pool: 'forks', maxWorkers }) as const;

export default defineConfig({
  test: {
    // A slow machine is no failure; what must be fast is measured by `npm run bench`.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What the processes of the tests are made of, without its types: it takes half of the time that their start takes.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/flowbeat', import.meta.url)) },
    projects:
      process.env.FLOWBEAT_TEST_AWS === '1'
        ? [{ extends: true, test: { name: 'aws', include: aws, ...forks(1) } }]
        : [
            {
              extends: true,
              test: { name: 'light', ...light, pool: 'threads', maxWorkers: 2, sequence: { groupOrder: 0 } },
            },
            { extends: true, test: { name: 'heavy', include: heavy, ...forks(3), sequence: { groupOrder: 1 } } },
          ],
  },
});

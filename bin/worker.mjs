// What `flowbeat/worker` resolves to: the source in the repository, the JavaScript built of it in the package.
// By `require`, which Node 24 also grants to handlers that are CommonJS; a top-level await would take it from them.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const inRepository = existsSync(new URL('../sdk/worker.ts', import.meta.url));

export const { ActivityError, defineActivities } = require(inRepository ? '../sdk/worker.ts' : '../dist/sdk/worker.js');

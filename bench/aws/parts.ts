import { beating } from './beating.ts';
import { bundles } from './bundles.ts';
import { lambdaChain, workerChain } from './chains.ts';
import { duties } from './duties.ts';
import { failover } from './failover.ts';
import { idle } from './idle.ts';
import type { Part } from './part.ts';
import { prices } from './price-model.ts';
import { timers } from './timers.ts';
import { waiting } from './waiting.ts';

/** All that is counted, in this order: the last one prices what was counted before it. */
export const PARTS: readonly Part[] = [
  workerChain,
  lambdaChain,
  waiting,
  beating,
  duties,
  idle,
  bundles,
  failover,
  timers,
  prices,
];

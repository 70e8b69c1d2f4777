import { beating } from './beating.ts';
import type { Part } from './part.ts';
import { waiting } from './waiting.ts';
import { workerChain } from './worker-chain.ts';

/** All that is counted, in this order. */
export const PARTS: readonly Part[] = [workerChain, waiting, beating];

import type { Bar } from '../bar.ts';
import { high } from './high.ts';
import { killed } from './killed.ts';
import { low } from './low.ts';

/** All that is measured, in this order. */
export const BARS: readonly Bar[] = [high, low, killed];

import type { Bar } from '../bar.ts';
import { aws } from './aws.ts';
import { boot } from './boot.ts';
import { four } from './four.ts';
import { handOver } from './hand-over.ts';
import { high } from './high.ts';
import { killed } from './killed.ts';
import { language } from './language.ts';
import { low } from './low.ts';
import { mapRun } from './map-run.ts';
import { memory } from './memory.ts';
import { actions, engine } from './parts.ts';
import { silence, takeOver } from './take-over.ts';

/** All that is measured, in this order. */
export const BARS: readonly Bar[] = [
  high,
  low,
  killed,
  takeOver,
  silence,
  handOver,
  four,
  boot,
  memory,
  aws,
  language,
  mapRun,
  engine,
  actions,
];

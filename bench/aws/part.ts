import type { Result, Setting } from '../bar.ts';

/** What a part found: what holds on any machine apart from what does not. */
export interface Found {
  /** Counted, or computed from what was counted. */
  readonly counts: readonly Result[];
  /** Measured by a clock: informative, or ratios. */
  readonly timings?: readonly Result[];
  /** Assumptions and formulas. */
  readonly notes?: readonly string[];
}

/** A group of figures that are found together. */
export interface Part {
  /** For `--only`. */
  readonly name: string;
  /** `before`: what the parts before it have found. */
  measure(setting: Setting, before: readonly Result[]): Promise<Found>;
}

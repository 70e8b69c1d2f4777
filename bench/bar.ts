/** What is measured, and how it is told. One module of `bars/` a bar. */

/** What a measurement is given. */
export interface Setting {
  /** A folder on the disk that is measured. */
  readonly folder: string;
  /** Rounds of what is measured in rounds. */
  readonly rounds: number;
  /** Sizes so small that figures say nothing: to see that everything works. */
  readonly tiny: boolean;
  /** Says what happens, to people. */
  say(text: string): void;
}

/** One figure. `ratio` and `floor` are null where nothing is compared, `bar` and `ok` where nothing is demanded. */
export interface Result {
  readonly name: string;
  /** The median of all rounds. */
  readonly value: number;
  readonly unit: string;
  /** What the floor reached in the same rounds. */
  readonly floor: number | null;
  /** The median of the rounds' ratios. */
  readonly ratio: number | null;
  /** What the ratio, or the value where there is none, is measured against. */
  readonly bar: number | null;
  readonly ok: boolean | null;
  /** Least and greatest of what the bar is about: the rounds' ratios, or the values. */
  readonly spread?: readonly [least: number, greatest: number];
  /** The bar in words, and what was counted. */
  readonly text: string;
}

/** A group of figures that are measured together. */
export interface Bar {
  /** For `--only`. */
  readonly name: string;
  measure(setting: Setting): Promise<readonly Result[]>;
}

/** What a figure is measured against. */
export interface Demand {
  readonly bar: number;
  readonly is: 'at least' | 'at most';
}

/** The middle one. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The value that `share` of all do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}

const spreadOf = (values: readonly number[]): readonly [number, number] => [Math.min(...values), Math.max(...values)];

const holds = (value: number, { bar, is }: Demand): boolean => (is === 'at least' ? value >= bar : value <= bar);

/** A figure that is compared with the floor, round by round. */
export function compared(
  name: string,
  unit: string,
  rounds: readonly { readonly ours: number; readonly floor: number }[],
  demand: Demand | undefined,
  text: string,
): Result {
  const ratios = rounds.map(({ ours, floor }) => ours / floor);
  const ratio = median(ratios);
  return {
    name,
    value: median(rounds.map(({ ours }) => ours)),
    unit,
    floor: median(rounds.map(({ floor }) => floor)),
    ratio,
    bar: demand?.bar ?? null,
    ok: demand ? holds(ratio, demand) : null,
    spread: spreadOf(ratios),
    text: demand ? `${demand.is} ${demand.bar} of the floor: ${text}` : text,
  };
}

/** A figure that stands alone; `all` is what it was made of. */
export function alone(
  name: string,
  unit: string,
  value: number,
  demand: Demand | undefined,
  text: string,
  all?: readonly number[],
): Result {
  return {
    name,
    value,
    unit,
    floor: null,
    ratio: null,
    bar: demand?.bar ?? null,
    ok: demand ? holds(value, demand) : null,
    ...(all && all.length > 0 && { spread: spreadOf(all) }),
    text: demand ? `${demand.is} ${demand.bar} ${unit}: ${text}` : text,
  };
}

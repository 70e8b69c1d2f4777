import type { Case } from '#test/sim/cases';
import type { Stage } from '#test/sim/stage';
import type { Random } from '#test/support/random';

/**
 * Something that a part of the seeds has on top of the rest. It draws from a source of its own, so that a feature that is added, or left out, shifts
 * neither the charts, the cluster and the faults of a seed nor what other features draw.
 */
export interface Feature {
  /** The part of the seeds that have it. */
  readonly odds: number;
  /** What it makes of the cases of a seed. */
  cases?(cases: readonly Case[], random: Random): readonly Case[];
  /** What it does on the stage, before the first worker is born. */
  setUp?(stage: Stage, random: Random): void;
  /** What it does from outside while the faults last, until `until`, and after that. */
  act?(stage: Stage, random: Random, until: number): Acting | undefined;
}

/** A feature that acts. */
export interface Acting {
  /** Whether it still has something to do: a seed ends when nothing has. */
  busy(): boolean;
  /** What is wrong at the end. */
  wrong?(): string | undefined;
}

/** Changes a copy of each case's definition. */
export const redefine = (cases: readonly Case[], change: (it: Case) => Partial<Case> | undefined): readonly Case[] =>
  cases.map((it) => {
    const copy = { ...it, definition: structuredClone(it.definition) };
    return { ...copy, ...change(copy) };
  });

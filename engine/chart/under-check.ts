/** What every part of the validator is handed. */
import type { Problems, Profile } from '#engine/chart/problems';
import type { Json } from '#engine/json';

/** How charts are checked. */
export interface ValidateOptions {
  /** Name of a chart whose document gives none: a bare state machine. */
  readonly name?: string;
  /** Accepts what is in the language but cannot be run by this version, as a check against the language alone. */
  readonly allowUnsupported?: boolean;
  /** In whose words; AWS's also accept all that AWS accepts, and nothing else. Ours where nothing is said. */
  readonly profile?: Profile;
  /** The type of state machine to check for (AWS: "Choosing workflow type"); `STANDARD` where nothing is said. */
  readonly type?: 'STANDARD' | 'EXPRESS';
}

/** One state machine under check: the whole chart, a branch or a processor. */
export interface Check {
  readonly problems: Problems;
  readonly options: ValidateOptions;
  /** Names of all states seen so far, with where they stand. */
  readonly names: Map<string, string>;
  /** Labels of all Maps seen so far, with where they stand. */
  readonly labels: Map<string, string>;
  /** Names of the machine's own states, as far as they are known: where its transitions may lead. */
  readonly targets: readonly string[];
  /** Whether what is checked is written in JSONata. */
  readonly jsonata: boolean;
  /** Whether a state around catches errors. */
  readonly caught: boolean;
  /** The names of all variables that some `Assign` of the chart sets. */
  readonly assigned: ReadonlySet<string>;
  /** Of these those that the machines around this one set, the innermost first. */
  readonly around: Around | null;
}

/** What a machine's states set that others are inside of, and what is around it. */
export interface Around {
  readonly sets: ReadonlyMap<string, 'state' | 'rule'>;
  readonly around: Around | null;
}

/** Checks a machine inside a state. */
export type CheckNested = (
  machine: Json | undefined,
  pointer: string,
  kind: 'branch' | 'processor',
  caught: boolean,
) => void;

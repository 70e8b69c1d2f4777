/** The syntax tree of a path (states-language.net "Paths"; the JSONPath forms that AWS takes). */
import type { Json } from '#engine/json';

/** One step of a path. */
export type Segment =
  | { readonly step: 'member'; readonly names: readonly string[] }
  /** Several names at the end of a path: an object of those of them that there are. */
  | { readonly step: 'pick'; readonly names: readonly string[] }
  | { readonly step: 'index'; readonly indices: readonly number[] }
  | { readonly step: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly by: number }
  | { readonly step: 'wildcard' }
  | { readonly step: 'descend'; readonly into: Segment }
  | { readonly step: 'filter'; readonly filter: Filter };

/** A parsed path. `definite`: it gives one value at most. */
export interface Path {
  readonly text: string;
  /** `$`, `$$` or a variable. In a filter also `@`. */
  readonly base: 'input' | 'context' | 'variable' | 'item';
  /** The variable's name, for `base: 'variable'`. */
  readonly variable: string;
  readonly segments: readonly Segment[];
  readonly definite: boolean;
}

/** One side of a comparison in a filter. */
export type Operand = { readonly path: Path } | { readonly value: Json };

/** The condition of `[?( … )]`. */
export type Filter =
  | { readonly test: 'and' | 'or'; readonly all: readonly Filter[] }
  | { readonly test: 'not'; readonly filter: Filter }
  | { readonly test: 'exists'; readonly path: Path }
  | { readonly test: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand };

/** Comparison operators of a filter. */
export type Comparison = '==' | '!=' | '<=' | '>=' | '<' | '>' | 'in' | 'nin';

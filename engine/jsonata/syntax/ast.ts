/**
 * The syntax tree of an expression, as the `jsonata` package's parser makes it: paths are lists of steps, filters and order-by are parts of
 * steps, tail calls are marked, and what `%` refers to is worked out. Only what is evaluated is named here.
 */

/** A filter `[…]`, or the position bound by `#$name` after a filter. */
export type Stage =
  | { readonly type: 'filter'; readonly expr: Node }
  | { readonly type: 'index'; readonly value: string };

/** The pairs of `{key: value, …}`. */
export interface Group {
  readonly lhs: readonly (readonly [key: Node, value: Node])[];
  readonly position?: number;
}

/** What any node may carry. */
interface Common {
  readonly position?: number;
  /** `[]` was written after it: a sequence of one stays an array. */
  readonly keepArray?: boolean;
  /** Filters of a node that is no step of a path. */
  readonly predicate?: readonly Stage[];
  /** Filters of a step. */
  readonly stages?: readonly Stage[];
  readonly group?: Group;
  /** The step, or a later one, looks at what it came from: bindings travel with each value. */
  readonly tuple?: boolean;
  /** `@$name`: the value is bound, the context stays. */
  readonly focus?: string;
  /** `#$name`: the position is bound. */
  readonly index?: string;
  /** Under which name the step's context is kept for `%`. */
  readonly ancestor?: { readonly label: string };
  /** An array constructor at the beginning or end of a path: its arrays are not flattened. */
  readonly consarray?: boolean;
}

/** One criterion of `^( … )`. */
export interface SortTerm {
  readonly descending: boolean;
  readonly expression: Node;
}

/** A node of the tree. */
export type Node = Common &
  (
    | { readonly type: 'path'; readonly steps: readonly Node[]; readonly keepSingletonArray?: boolean }
    | { readonly type: 'binary'; readonly value: string; readonly lhs: Node; readonly rhs: Node }
    | { readonly type: 'unary'; readonly value: '-'; readonly expression: Node }
    | { readonly type: 'unary'; readonly value: '['; readonly expressions: readonly Node[] }
    | ({ readonly type: 'unary'; readonly value: '{' } & Group)
    | { readonly type: 'name'; readonly value: string }
    | { readonly type: 'string' | 'number' | 'value'; readonly value: string | number | boolean | null }
    | { readonly type: 'wildcard' | 'descendant'; readonly value?: string }
    | { readonly type: 'parent'; readonly slot: { readonly label: string } }
    | { readonly type: 'condition'; readonly condition: Node; readonly then: Node; readonly else?: Node }
    | { readonly type: 'block'; readonly expressions: readonly Node[] }
    | { readonly type: 'bind'; readonly lhs: { readonly value: string }; readonly rhs: Node }
    | { readonly type: 'regex'; readonly value: { readonly source?: string; readonly flags?: string } }
    | { readonly type: 'function'; readonly procedure: Node; readonly arguments: readonly Node[] }
    | { readonly type: 'partial'; readonly procedure: Node; readonly arguments: readonly Node[] }
    | { readonly type: 'variable'; readonly value: string }
    | {
        readonly type: 'lambda';
        readonly arguments: readonly { readonly value: string }[];
        readonly signature?: { readonly definition: string };
        readonly body: Node;
        /** A tail call that was wrapped by the parser. */
        readonly thunk?: boolean;
      }
    | { readonly type: 'apply'; readonly lhs: Node; readonly rhs: Node }
    | { readonly type: 'transform'; readonly pattern: Node; readonly update: Node; readonly delete?: Node }
    | { readonly type: 'sort'; readonly terms: readonly SortTerm[] }
    | { readonly type: 'operator'; readonly value: string }
  );

/** A node of one type. */
export type NodeOf<T extends Node['type']> = Extract<Node, { readonly type: T }>;

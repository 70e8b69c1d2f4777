/** What can be wrong with a chart. Codes are stable: clients and scripts match them. */
export type ProblemCode =
  | 'TEXT_TOO_LARGE'
  | 'INVALID_SYNTAX'
  | 'TOO_DEEP'
  | 'TOO_MANY_STATES'
  | 'NOT_A_CHART'
  | 'MISSING_FIELD'
  | 'UNKNOWN_FIELD'
  | 'CONFLICTING_FIELDS'
  | 'INVALID_VALUE'
  | 'UNKNOWN_TYPE'
  | 'UNKNOWN_STATE'
  | 'UNREACHABLE_STATE'
  | 'DUPLICATE_STATE'
  | 'DUPLICATE_KEY'
  | 'NO_TERMINAL_STATE'
  | 'INVALID_PATH'
  | 'INVALID_TEMPLATE'
  | 'INVALID_EXPRESSION'
  | 'INVALID_CHOICE_RULE'
  | 'STATES_ALL_MISPLACED'
  | 'UNKNOWN_RESOURCE'
  | 'INVALID_SCHEDULE'
  | 'INVALID_TIMEZONE'
  | 'NOT_YET_SUPPORTED';

/** One error of a chart. */
export interface ChartProblem {
  readonly code: ProblemCode;
  /** JSON pointer (RFC 6901) to the offending field; empty for the whole document. */
  readonly pointer: string;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** Gathers every error of a chart, so that its author sees all of them at once. */
export class Problems {
  readonly all: ChartProblem[] = [];

  add(code: ProblemCode, pointer: string, message: string, suggestion?: string): void {
    this.all.push(suggestion === undefined ? { code, pointer, message } : { code, pointer, message, suggestion });
  }
}

/** A pointer one step further. */
export const into = (pointer: string, key: string | number): string =>
  `${pointer}/${typeof key === 'number' ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

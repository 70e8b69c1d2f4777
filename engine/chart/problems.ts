import type { AwsCode, AwsWords } from '#engine/chart/aws-words';
import type { Json } from '#engine/json';
import { isArray, isObject, member } from '#engine/json-values';

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
  | 'DUPLICATE_LABEL'
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

/** What is probably not meant, but refuses nothing. The first three are AWS's own. */
export type WarningCode =
  | 'NO_DOLLAR'
  | 'NO_PATH'
  | 'PASS_RESULT_IS_STATIC'
  | 'NO_DEFAULT'
  | 'NO_CATCH'
  | 'NO_TOLERANCE'
  | 'SHADOWED_VARIABLE'
  | 'UNKNOWN_VARIABLE';

/** In whose words problems are told, and whose they are: ours, or what AWS would say. */
export type Profile = 'flowbeat' | 'aws';

/** One error of a chart, or a warning. */
export interface ChartProblem {
  /** A warning refuses nothing; anything else is an error. */
  readonly severity?: 'warning';
  readonly code: ProblemCode | WarningCode | AwsCode;
  /** JSON pointer (RFC 6901) to the offending field; empty for the whole document. */
  readonly pointer: string;
  /** In AWS's words: where it says that the problem is, such as `/States/A/Choices[0]/Next`; the state machine is `/`. None where it says nothing. */
  readonly location?: string;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** The code that AWS has for one of ours, where it is not the usual `SCHEMA_VALIDATION_FAILED`. */
const awsCodes: { readonly [C in ProblemCode]?: AwsCode } = {
  INVALID_SYNTAX: 'INVALID_JSON_DESCRIPTION',
  TOO_DEEP: 'TOO_DEEPLY_NESTED',
  UNKNOWN_STATE: 'MISSING_TRANSITION_TARGET',
  DUPLICATE_STATE: 'DUPLICATE_STATE_NAME',
  DUPLICATE_LABEL: 'DUPLICATE_LABEL_NAME',
};

/** Gathers every error of a chart, so that its author sees all of them at once. */
export class Problems {
  readonly profile: Profile;
  readonly all: ChartProblem[] = [];
  readonly warnings: ChartProblem[] = [];
  #definition: Json = null;
  /** The pointer to the state machine in the document. */
  #base = '';

  constructor(profile: Profile = 'flowbeat') {
    this.profile = profile;
  }

  /** Says which part of the document is the state machine, where AWS's locations start. */
  startAt(definition: Json, base: string): void {
    this.#definition = definition;
    this.#base = base;
  }

  /** `aws`: what AWS says of it; null where it says nothing. */
  add(code: ProblemCode, pointer: string, message: string, suggestion?: string, aws?: AwsWords | null): void {
    const more = suggestion === undefined ? null : { suggestion };
    // The envelope is ours alone: of that AWS has no words.
    if (this.profile === 'flowbeat' || !this.#inDefinition(pointer)) this.all.push({ code, pointer, message, ...more });
    else if (aws !== null)
      this.#tell(pointer, { code: awsCodes[code] ?? 'SCHEMA_VALIDATION_FAILED', message, ...aws }, suggestion);
  }

  /** An error that only AWS sees. */
  addAws(pointer: string, words: AwsWords, suggestion?: string): void {
    if (this.profile === 'aws') this.#tell(pointer, words, suggestion);
  }

  /** Something that refuses nothing. */
  warn(code: WarningCode, pointer: string, message: string, suggestion?: string): void {
    const place = this.profile === 'aws' ? { location: this.#locationOf(pointer) } : null;
    const more = suggestion === undefined ? null : { suggestion };
    this.warnings.push({ severity: 'warning', code, pointer, ...place, message, ...more });
  }

  #tell(pointer: string, words: AwsWords, suggestion?: string): void {
    const location = words.location === undefined ? this.#locationOf(words.at ?? pointer) : words.location;
    this.all.push({
      code: words.code ?? 'SCHEMA_VALIDATION_FAILED',
      pointer,
      ...(location === null ? null : { location }),
      message: words.message,
      ...(suggestion === undefined ? null : { suggestion }),
    });
  }

  #inDefinition(pointer: string): boolean {
    return pointer === this.#base || pointer.startsWith(`${this.#base}/`);
  }

  /** AWS counts items in brackets and escapes nothing. */
  #locationOf(pointer: string): string {
    let value: Json | undefined = this.#definition;
    let location = '';
    for (const step of pointer.slice(this.#base.length).split('/').slice(1)) {
      const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
      location += isArray(value) ? `[${key}]` : `/${key}`;
      value = isArray(value) ? value[Number(key)] : isObject(value) ? member(value, key) : undefined;
    }
    return location === '' ? '/' : location;
  }
}

/** A pointer one step further. */
export const into = (pointer: string, key: string | number): string =>
  `${pointer}/${typeof key === 'number' ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

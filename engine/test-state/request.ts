import type { ChartProblem } from '#engine/chart/problems';
import type { Json, JsonObject } from '#engine/json';

/** How much of a result mocked for a service is compared with the shape of that service's answers. */
export type FieldValidationMode = 'STRICT' | 'PRESENT' | 'NONE';

/** How much a test tells: `INFO` the outcome, `DEBUG` and `TRACE` also the values on the way. */
export type InspectionLevel = 'INFO' | 'DEBUG' | 'TRACE';

/** What stands in for the work of a Task, a Parallel or a Map: its result, or its error. */
export interface Mock {
  readonly result?: Json | undefined;
  readonly errorOutput?: { readonly error: string; readonly cause?: string | undefined } | undefined;
  /** `STRICT` where absent. */
  readonly fieldValidationMode?: FieldValidationMode | undefined;
}

/** In which situation the state is tested. */
export interface StateConfiguration {
  /** How often the rule of `Retry` that takes the error was used before. */
  readonly retrierRetryCount?: number | undefined;
  /** Which state inside the Parallel or Map the mocked error comes from. */
  readonly errorCausedByState?: string | undefined;
  /** How many items of the Map failed. */
  readonly mapIterationFailureCount?: number | undefined;
  /** What the Map's `ItemReader` reads, as text. */
  readonly mapItemReaderData?: string | undefined;
}

/** What a test of one state is asked with. */
export interface TestRequest {
  /** A state, or a chart together with `stateName`: a value, or its text in JSON or YAML. */
  readonly definition: Json;
  /** Which state of the chart, those inside Parallel and Map states included. */
  readonly stateName?: string | undefined;
  /** `{}` where absent. */
  readonly input?: Json | undefined;
  /** Variables that the state finds, by their names. */
  readonly variables?: JsonObject | undefined;
  /** The whole context object (`$$`, `$states.context`); made up where absent. */
  readonly context?: JsonObject | undefined;
  readonly mock?: Mock | undefined;
  readonly stateConfiguration?: StateConfiguration | undefined;
  readonly inspectionLevel?: InspectionLevel | undefined;
  /** What `$$.Execution.RoleArn` says; nothing is called with it. */
  readonly roleArn?: string | undefined;
}

/** The values on the way through the state, as far as its type and its query language have them. */
export interface InspectionData {
  input?: Json;
  afterInputPath?: Json;
  afterParameters?: Json;
  afterArguments?: Json;
  afterItemsPointer?: Json;
  afterItemsPath?: Json;
  /** The inputs of all items. */
  afterItemSelector?: Json[];
  /** What each child is given, where an `ItemBatcher` puts items together. */
  afterItemBatcher?: Json[];
  /** The result of a Task, as it was mocked. */
  result?: Json;
  afterResultSelector?: Json;
  afterResultPath?: Json;
  /** The variables after the state; absent where there is none. */
  variables?: JsonObject;
  errorDetails?: {
    readonly catchIndex?: number;
    readonly retryIndex?: number;
    readonly retryBackoffIntervalSeconds?: number;
  };
  maxConcurrency?: number;
  toleratedFailureCount?: number;
  toleratedFailurePercentage?: number;
}

/** What a state did: `RETRIABLE` where its `Retry` would try it again, `CAUGHT_ERROR` where its `Catch` took the error. */
export interface TestAnswer {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR';
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** Absent where the flow would end here. */
  readonly nextState?: string;
  /** With `DEBUG` and `TRACE`. */
  readonly inspectionData?: InspectionData;
}

/** Why a test was refused. Codes are stable; the messages are those of Step Functions where its own are known. */
export interface TestProblem {
  readonly code:
    | ChartProblem['code']
    | 'STATE_NAME_REQUIRED'
    | 'STATE_NOT_FOUND'
    | 'MOCK_REQUIRED'
    | 'MOCK_NOT_SUPPORTED'
    | 'INVALID_MOCK'
    | 'MOCK_SCHEMA_MISMATCH'
    | 'INVALID_CONTEXT'
    | 'INVALID_STATE_CONFIGURATION'
    | 'TOO_LARGE';
  /** JSON pointer to the field of the request. */
  readonly pointer: string;
  readonly message: string;
  /** What to write instead. */
  readonly suggestion?: string;
}

/** What comes of a test. */
export type Tested =
  | { readonly ok: true; readonly answer: TestAnswer }
  | { readonly ok: false; readonly errors: readonly TestProblem[] };

/** A test that is refused for one reason; caught where the test is made. */
export class TestRefused extends Error {
  readonly problems: readonly TestProblem[];

  constructor(problems: readonly TestProblem[]) {
    super(problems[0]?.message ?? 'refused');
    this.name = 'TestRefused';
    this.problems = problems;
  }
}

/** Refuses a test. A function declaration, so that the compiler knows that nothing follows it. */
export function refuse(code: TestProblem['code'], pointer: string, message: string, suggestion?: string): never {
  throw new TestRefused([{ code, pointer, message, ...(suggestion === undefined ? null : { suggestion }) }]);
}

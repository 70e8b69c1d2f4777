import { boundsOf } from '#engine/chart/bounds';
import type { Chart } from '#engine/chart/chart';
import { compileMapRun } from '#engine/chart/compile-map-run';
import type {
  Catcher,
  ChoiceWork,
  CompiledChart,
  CompiledState,
  ResultPath,
  Retrier,
  SplitWork,
  StateType,
  TaskWork,
  Tolerances,
  WaitWork,
} from '#engine/chart/compiled';
import { usesJsonata } from '#engine/chart/fields';
import { type Here, jsonataFields, pathFields, type QueryFields } from '#engine/chart/query-fields';
import { parseResource } from '#engine/chart/resource';
import { type CompiledExpression, constantExpression, type Needs } from '#engine/expression/expression';
import type { Given } from '#engine/expression/jsonata-template';
import type { CompiledPath } from '#engine/expression/path';
import { compileReferencePath } from '#engine/expression/reference-path';
import { compilePathOrIntrinsic } from '#engine/expression/template';
import { checkedWhole } from '#engine/expression/whole';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { parseTimestamp } from '#engine/timestamp';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is gathered while the states are compiled. */
interface Compilation {
  readonly chart: Chart;
  readonly breaks: 'every-action' | ReadonlySet<string>;
  readonly states: Map<string, CompiledState>;
  /** States yet to be filled in, with their text. Two passes, so that every state can point to every other. */
  readonly open: { readonly state: Mutable<CompiledState>; readonly text: JsonObject; readonly jsonata: boolean }[];
  needsRunInput: boolean;
  /** Splits, outermost first, so that an expression below can tell all of them that it asks for the item. */
  readonly splits: Map<CompiledState, { keepItem: boolean }>;
}

/**
 * Compiles a validated chart: paths, templates, intrinsic functions and Choice rules are parsed here and never again. Throws on a chart
 * that has not passed `validateChart`.
 */
export const compileChart = (chart: Chart, version: number): CompiledChart => {
  const work: Compilation = {
    chart,
    breaks: chart.breaks === 'every-action' ? chart.breaks : new Set(chart.breaks),
    states: new Map(),
    open: [],
    needsRunInput: false,
    splits: new Map(),
  };
  const { definition } = chart;
  declare(work, definition, null, 0, false);
  for (const { state, text, jsonata } of work.open) fill(work, state, text, jsonata ? jsonataFields : pathFields);
  return {
    name: chart.name,
    version,
    queue: chart.queue,
    queues: chart.queues,
    breaks: chart.breaks,
    failover: chart.failover,
    triggers: chart.triggers,
    bounds: boundsOf(chart.bounds),
    startAt: find(work, definition.StartAt),
    states: work.states,
    needsRunInput: work.needsRunInput,
    format: [...work.states.values()].some(isOfFormat2) ? 2 : 1,
    maxDataBytes: chart.limits === 'aws' ? awsDataBytes : null,
    timeoutMs: timeoutOf(chart),
  };
};

/** Code of format 1 would take a distributed Map for an inline one, and call a service in its own role. */
const isOfFormat2 = (state: CompiledState): boolean =>
  (state.type === 'Map' && state.work.mapRun !== null) || (state.type === 'Task' && state.work.credentials !== null);

/** AWS: "Step Functions service quotas", the size of the result of a task or a state. */
const awsDataBytes = 262_144;

/** The longest that an Express run takes (AWS: "Choosing workflow type in Step Functions"). */
const expressMs = 300_000;

const timeoutOf = ({ type, definition: { TimeoutSeconds: seconds } }: Chart): number | null => {
  const own = typeof seconds === 'number' ? seconds * 1000 : null;
  return type === 'EXPRESS' ? Math.min(own ?? expressMs, expressMs) : own;
};

/** First pass: an object for each state, those of nested machines included. */
const declare = (
  work: Compilation,
  machine: JsonObject,
  enclosing: CompiledState | null,
  branch: number,
  outerJsonata: boolean,
): void => {
  const jsonata = usesJsonata(machine, outerJsonata);
  for (const [name, value] of Object.entries(machine.States as JsonObject)) {
    const text = value as JsonObject;
    const type = text.Type as StateType;
    const state: Mutable<CompiledState> = {
      name,
      type,
      next: null,
      enclosing,
      branch,
      breaks: work.breaks === 'every-action' ? type === 'Task' : work.breaks.has(name),
      inputPath: null,
      parameters: null,
      resultSelector: null,
      resultPath: null,
      outputPath: null,
      output: null,
      assign: null,
      retry: [],
      catch: [],
      work: null,
    } as unknown as CompiledState;
    work.states.set(name, state);
    work.open.push({ state, text, jsonata: usesJsonata(text, jsonata) });
    nestedMachines(text).forEach((nested, index) => {
      declare(work, nested, state, index, jsonata);
    });
  }
};

/** The state machines inside a state: a Parallel's branches, a Map's processor (also under its older name `Iterator`). */
export const nestedMachines = (state: JsonObject): readonly JsonObject[] => {
  if (state.Type === 'Parallel') return state.Branches as readonly JsonObject[];
  if (state.Type === 'Map') return [(state.ItemProcessor ?? state.Iterator) as JsonObject];
  return [];
};

const find = (work: Compilation, name: Json | undefined): CompiledState => {
  const state = work.states.get(name as string);
  if (state === undefined) throw new Error(`state ${JSON.stringify(name)} passed the validator but does not exist`);
  return state;
};

/** Second pass: what the state does. */
const fill = (work: Compilation, state: Mutable<CompiledState>, text: JsonObject, fields: QueryFields): void => {
  const here = <E extends CompiledExpression | null>(expression: E): E =>
    noteNeeds(work, state as CompiledState, expression);
  const { type } = state;
  const given: Given = type === 'Task' || type === 'Parallel' || type === 'Map' ? 'result' : null;
  const template = (field: string, as: Given = given): CompiledExpression | null =>
    text[field] === undefined ? null : here(fields.template(text[field], field, as));
  state.next = text.Next === undefined ? null : find(work, text.Next);
  state.inputPath = here(dataPath(text.InputPath));
  state.outputPath = here(dataPath(text.OutputPath));
  // In a Map, Parameters is the older name of ItemSelector.
  state.parameters = type === 'Map' ? null : template(fields.input, null);
  state.resultSelector = template('ResultSelector');
  state.resultPath = resultPath(text.ResultPath);
  state.output = template('Output');
  state.assign = template('Assign');
  state.retry = ((text.Retry ?? []) as readonly JsonObject[]).map(retrier);
  state.catch = ((text.Catch ?? []) as readonly JsonObject[]).map((each, i) =>
    catcher(work, here, fields, each, `Catch[${i}]`),
  );
  if (type === 'Parallel' || type === 'Map') state.work = split(work, here, fields, state as CompiledState, text);
  else if (type === 'Task') state.work = task(work, here, fields, text);
  else if (type === 'Choice') state.work = choice(work, here, fields, text);
  else if (type === 'Wait') state.work = wait(here, fields, text);
  else if (type === 'Pass') state.work = { result: text.Result };
  else if (type === 'Fail') {
    state.work = {
      error: fields.text(here, text, 'Error'),
      cause: fields.text(here, text, 'Cause'),
    };
  }
};

const noteNeeds = <E extends CompiledExpression | null>(work: Compilation, state: CompiledState, expression: E): E => {
  if (expression !== null) note(work, state, expression.needs);
  return expression;
};

const note = (work: Compilation, state: CompiledState, needs: Needs): void => {
  if (needs.runInput) work.needsRunInput = true;
  if (needs.mapItem) {
    for (let outer = state.enclosing; outer !== null; outer = outer.enclosing) {
      const split = work.splits.get(outer);
      if (split) split.keepItem = true;
    }
  }
};

/** `InputPath` and `OutputPath`: null stands for `{}`, `$` for no change. */
const dataPath = (text: Json | undefined): CompiledExpression | null => {
  if (text === null) return constantExpression({});
  if (text === undefined || text === '$') return null;
  const expression = compilePathOrIntrinsic(text as string);
  return expression.kind === 'jsonpath' && (expression as CompiledPath).path.definite
    ? expression
    : checkedWhole(expression);
};

const resultPath = (text: Json | undefined): ResultPath =>
  text === null ? 'discard' : text === undefined || text === '$' ? null : compileReferencePath(text as string);

const retrier = (text: JsonObject): Retrier => ({
  errorEquals: new Set(text.ErrorEquals as readonly string[]),
  intervalMs: ((text.IntervalSeconds ?? 1) as number) * 1000,
  maxAttempts: (text.MaxAttempts ?? 3) as number,
  backoffRate: (text.BackoffRate ?? 2) as number,
  maxDelayMs: text.MaxDelaySeconds === undefined ? Number.POSITIVE_INFINITY : (text.MaxDelaySeconds as number) * 1000,
  jitter: text.JitterStrategy === 'FULL',
});

const catcher = (work: Compilation, here: Here, fields: QueryFields, text: JsonObject, at: string): Catcher => ({
  errorEquals: new Set(text.ErrorEquals as readonly string[]),
  next: find(work, text.Next),
  resultPath: resultPath(text.ResultPath),
  output: text.Output === undefined ? null : here(fields.template(text.Output, `${at}/Output`, 'errorOutput')),
  assign: text.Assign === undefined ? null : here(fields.template(text.Assign, `${at}/Assign`, 'errorOutput')),
});

const task = (work: Compilation, here: Here, fields: QueryFields, text: JsonObject): TaskWork => {
  const parsed = parseResource(text.Resource as string);
  const resource = parsed?.resource ?? {
    kind: 'integration',
    name: text.Resource as string,
    text: text.Resource as string,
  };
  return {
    resource,
    // What was started answers with the token, whether the chart hands it on itself or `.sync` does.
    callback: parsed?.callback === true || resource.sync !== undefined,
    queue: work.chart.queues[resource.name] ?? work.chart.queue,
    timeout: fields.number(here, text, 'TimeoutSeconds'),
    heartbeat: fields.number(here, text, 'HeartbeatSeconds'),
    credentials: text.Credentials === undefined ? null : here(fields.template(text.Credentials, 'Credentials', null)),
  };
};

const choice = (work: Compilation, here: Here, fields: QueryFields, text: JsonObject): ChoiceWork => ({
  rules: (text.Choices as readonly JsonObject[]).map((rule, i) => ({
    condition: fields.condition(here, rule, `Choices[${i}]/Condition`),
    next: find(work, rule.Next),
    output: rule.Output === undefined ? null : here(fields.template(rule.Output, `Choices[${i}]/Output`, null)),
    assign: rule.Assign === undefined ? null : here(fields.template(rule.Assign, `Choices[${i}]/Assign`, null)),
  })),
  otherwise: text.Default === undefined ? null : find(work, text.Default),
});

const wait = (here: Here, fields: QueryFields, text: JsonObject): WaitWork => {
  const seconds = fields.number(here, text, 'Seconds');
  if (seconds !== null) {
    return 'value' in seconds
      ? { form: 'Seconds', value: seconds.value }
      : { form: 'SecondsPath', expression: seconds.expression };
  }
  const time = fields.text(here, text, 'Timestamp') as CompiledExpression;
  return time.kind === 'constant'
    ? { form: 'Timestamp', value: parseTimestamp(text.Timestamp as string) as number }
    : { form: 'TimestampPath', expression: time };
};

const split = (
  work: Compilation,
  here: Here,
  fields: QueryFields,
  state: CompiledState,
  text: JsonObject,
): SplitWork => {
  const isMap = state.type === 'Map';
  const machines = nestedMachines(text);
  const config = machines[0]?.ProcessorConfig;
  const made: Mutable<SplitWork> = {
    starts: machines.map((machine) => find(work, machine.StartAt)),
    jsonata: fields === jsonataFields,
    items: isMap ? fields.items(here, text) : null,
    itemSelector: isMap ? noteSelector(work, state, selectorOf(fields, text)) : null,
    maxConcurrency: (isMap ? fields.number(here, text, 'MaxConcurrency') : null) ?? { value: 0 },
    tolerances: isMap ? tolerances(here, fields, text) : noTolerances,
    keepItem: false,
    mapRun:
      isMap && isObject(config) && config.Mode === 'DISTRIBUTED' ? compileMapRun(here, fields, state.name, text) : null,
  };
  if (isMap) work.splits.set(state, made);
  return made;
};

const selectorOf = (fields: QueryFields, text: JsonObject): CompiledExpression | null => {
  const value = text.ItemSelector ?? text.Parameters;
  return value === undefined ? null : fields.template(value, 'ItemSelector', null);
};

const tolerances = (here: Here, fields: QueryFields, text: JsonObject): Tolerances => ({
  count: fields.number(here, text, 'ToleratedFailureCount'),
  percentage: fields.number(here, text, 'ToleratedFailurePercentage'),
});

const noTolerances: Tolerances = { count: null, percentage: null };

/** An item selector reads `$$.Map` of its own Map, which is at hand; only what is outside matters. */
const noteSelector = (
  work: Compilation,
  state: CompiledState,
  selector: CompiledExpression | null,
): CompiledExpression | null => {
  if (selector !== null) note(work, state, { ...selector.needs, mapItem: false });
  return selector;
};

import type { Chart } from '#engine/chart/chart';
import { compileCondition } from '#engine/chart/compile-choice';
import type {
  Catcher,
  ChoiceWork,
  CompiledChart,
  CompiledState,
  NumberSource,
  ResultPath,
  Retrier,
  SplitWork,
  StateType,
  TaskWork,
  WaitWork,
} from '#engine/chart/compiled';
import { parseResource } from '#engine/chart/resource';
import { type CompiledExpression, constantExpression, type Needs } from '#engine/expression/expression';
import { compilePath } from '#engine/expression/path';
import { compileReferencePath } from '#engine/expression/reference-path';
import { compilePathOrIntrinsic, compileTemplate } from '#engine/expression/template';
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
  readonly open: { readonly state: Mutable<CompiledState>; readonly text: JsonObject }[];
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
  declare(work, definition, null, 0);
  for (const { state, text } of work.open) fill(work, state, text);
  return {
    name: chart.name,
    version,
    queue: chart.queue,
    queues: chart.queues,
    breaks: chart.breaks,
    failover: chart.failover,
    triggers: chart.triggers,
    startAt: find(work, definition.StartAt),
    states: work.states,
    needsRunInput: work.needsRunInput,
    timeoutMs: typeof definition.TimeoutSeconds === 'number' ? definition.TimeoutSeconds * 1000 : null,
  };
};

/** First pass: an object for each state, those of nested machines included. */
const declare = (work: Compilation, machine: JsonObject, enclosing: CompiledState | null, branch: number): void => {
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
      assign: null,
      retry: [],
      catch: [],
      work: null,
    } as unknown as CompiledState;
    work.states.set(name, state);
    work.open.push({ state, text });
    nestedMachines(text).forEach((nested, index) => {
      declare(work, nested, state, index);
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
const fill = (work: Compilation, state: Mutable<CompiledState>, text: JsonObject): void => {
  const here = <E extends CompiledExpression | null>(expression: E): E =>
    noteNeeds(work, state as CompiledState, expression);
  const isSplit = state.type === 'Parallel' || state.type === 'Map';
  const isMap = state.type === 'Map';
  state.next = text.Next === undefined ? null : find(work, text.Next);
  state.inputPath = here(dataPath(text.InputPath));
  state.outputPath = here(dataPath(text.OutputPath));
  // In a Map, Parameters is the older name of ItemSelector.
  state.parameters = isMap ? null : here(template(text.Parameters));
  state.resultSelector = here(template(text.ResultSelector));
  state.resultPath = resultPath(text.ResultPath);
  state.assign = here(template(text.Assign));
  state.retry = ((text.Retry ?? []) as readonly JsonObject[]).map(retrier);
  state.catch = ((text.Catch ?? []) as readonly JsonObject[]).map((each) => catcher(work, here, each));
  if (isSplit) state.work = split(work, here, state as CompiledState, text);
  else if (state.type === 'Task') state.work = task(work, here, text);
  else if (state.type === 'Choice') state.work = choice(work, here, text);
  else if (state.type === 'Wait') state.work = wait(here, text);
  else if (state.type === 'Pass') state.work = { result: text.Result };
  else if (state.type === 'Fail') {
    state.work = {
      error: here(stringOrPath(text.Error, text.ErrorPath)),
      cause: here(stringOrPath(text.Cause, text.CausePath)),
    };
  }
};

type Here = <E extends CompiledExpression | null>(expression: E) => E;

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
const dataPath = (text: Json | undefined): CompiledExpression | null =>
  text === null
    ? constantExpression({})
    : text === undefined || text === '$'
      ? null
      : compilePathOrIntrinsic(text as string);

const template = (value: Json | undefined): CompiledExpression | null =>
  value === undefined ? null : compileTemplate(value);

const resultPath = (text: Json | undefined): ResultPath =>
  text === null ? 'discard' : text === undefined || text === '$' ? null : compileReferencePath(text as string);

const stringOrPath = (literal: Json | undefined, path: Json | undefined): CompiledExpression | null =>
  literal !== undefined
    ? constantExpression(literal)
    : path !== undefined
      ? compilePathOrIntrinsic(path as string)
      : null;

const numberOrPath = (here: Here, text: JsonObject, field: string): NumberSource | null => {
  const literal = text[field];
  if (typeof literal === 'number') return { value: literal };
  const path = text[`${field}Path`];
  return path === undefined ? null : { field: `${field}Path`, expression: here(compilePath(path as string)) };
};

const retrier = (text: JsonObject): Retrier => ({
  errorEquals: new Set(text.ErrorEquals as readonly string[]),
  intervalMs: ((text.IntervalSeconds ?? 1) as number) * 1000,
  maxAttempts: (text.MaxAttempts ?? 3) as number,
  backoffRate: (text.BackoffRate ?? 2) as number,
  maxDelayMs: text.MaxDelaySeconds === undefined ? Number.POSITIVE_INFINITY : (text.MaxDelaySeconds as number) * 1000,
  jitter: text.JitterStrategy === 'FULL',
});

const catcher = (work: Compilation, here: Here, text: JsonObject): Catcher => ({
  errorEquals: new Set(text.ErrorEquals as readonly string[]),
  next: find(work, text.Next),
  resultPath: resultPath(text.ResultPath),
  assign: here(template(text.Assign)),
});

const task = (work: Compilation, here: Here, text: JsonObject): TaskWork => {
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
    timeout: numberOrPath(here, text, 'TimeoutSeconds'),
    heartbeat: numberOrPath(here, text, 'HeartbeatSeconds'),
  };
};

const choice = (work: Compilation, here: Here, text: JsonObject): ChoiceWork => ({
  rules: (text.Choices as readonly JsonObject[]).map((rule) => ({
    condition: compileCondition(rule, (expression) => here(expression)),
    next: find(work, rule.Next),
    assign: here(template(rule.Assign)),
  })),
  otherwise: text.Default === undefined ? null : find(work, text.Default),
});

const wait = (here: Here, text: JsonObject): WaitWork => {
  if (typeof text.Seconds === 'number') return { form: 'Seconds', value: text.Seconds };
  if (typeof text.Timestamp === 'string') return { form: 'Timestamp', value: parseTimestamp(text.Timestamp) as number };
  const form = text.SecondsPath === undefined ? 'TimestampPath' : 'SecondsPath';
  return { form, expression: here(compilePath(text[form] as string)) };
};

const split = (work: Compilation, here: Here, state: CompiledState, text: JsonObject): SplitWork => {
  const isMap = state.type === 'Map';
  const machines = nestedMachines(text);
  const config = machines[0]?.ProcessorConfig;
  const made: Mutable<SplitWork> = {
    starts: machines.map((machine) => find(work, machine.StartAt)),
    items:
      isMap && text.ItemsPath !== undefined && text.ItemsPath !== '$'
        ? here(compilePathOrIntrinsic(text.ItemsPath as string))
        : null,
    itemSelector: isMap ? noteSelector(work, state, template(text.ItemSelector ?? text.Parameters)) : null,
    maxConcurrency: (isMap ? numberOrPath(here, text, 'MaxConcurrency') : null) ?? { value: 0 },
    tolerances: isMap ? tolerances(here, text) : [],
    keepItem: false,
    inheritVars: !(isMap && isObject(config) && config.Mode === 'DISTRIBUTED'),
  };
  if (isMap) work.splits.set(state, made);
  return made;
};

const tolerances = (here: Here, text: JsonObject): readonly NumberSource[] =>
  ['ToleratedFailureCount', 'ToleratedFailurePercentage']
    .map((field) => numberOrPath(here, text, field))
    .filter((source) => source !== null);

/** An item selector reads `$$.Map` of its own Map, which is at hand; only what is outside matters. */
const noteSelector = (
  work: Compilation,
  state: CompiledState,
  selector: CompiledExpression | null,
): CompiledExpression | null => {
  if (selector !== null) note(work, state, { ...selector.needs, mapItem: false });
  return selector;
};

/**
 * The one state that is tested, as a chart of its own: the states that it may go to are there as ends, so that a decision stops behind it. It is
 * compiled like any chart.
 */
import type { Chart } from '#engine/chart/chart';
import { targetsOf } from '#engine/chart/check-machine';
import { compileChart, nestedMachines } from '#engine/chart/compile';
import type { CompiledChart, CompiledState } from '#engine/chart/compiled';
import { isBareDefinition } from '#engine/chart/envelope';
import { usesJsonata } from '#engine/chart/fields';
import { isPlainJson, maxChartDepth, maxChartText, parseText } from '#engine/chart/parse';
import { type ChartProblem, into, Problems } from '#engine/chart/problems';
import { didYouMean, listed } from '#engine/chart/suggest';
import { type Validated, validateChart } from '#engine/chart/validate';
import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';
import { isBounded } from '#engine/test-state/bounded';
import { refuse, TestRefused } from '#engine/test-state/request';

/** A state ready to be tested. */
export interface UnderTest {
  readonly chart: CompiledChart;
  readonly state: CompiledState;
  /** The state as it is written. */
  readonly text: JsonObject;
  readonly jsonata: boolean;
  /** The names of the states inside it. */
  readonly inside: ReadonlySet<string>;
}

/** How Step Functions calls the state that it tests, whatever its name in the chart (recorded behaviour). */
export const testedName = 'StateName';

/** Finds the state to test, and checks the definition: a whole chart where the state is named, else the state alone. Throws `TestRefused`. */
export const stateUnderTest = (definition: Json, stateName: string | undefined): UnderTest => {
  const value = typeof definition === 'string' ? parsed(definition) : definition;
  if (typeof definition !== 'string' && !isBounded(definition, maxChartText))
    refuse('TEXT_TOO_LARGE', '/definition', `A definition has ${maxChartText} characters at most.`);
  if (stateName !== undefined) return ofChart(value, stateName);
  if (isObject(value) && isChart(value)) {
    const machine = isObject(value.definition) ? value.definition : value;
    const states = isObject(machine.States) ? listed(Object.keys(machine.States)) : undefined;
    return refuse('STATE_NAME_REQUIRED', '/stateName', 'The definition is a chart: name the state to test.', states);
  }
  return ofState(value);
};

const isChart = (value: JsonObject): boolean => isBareDefinition(value) || value.definition !== undefined;

const parsed = (text: string): Json => {
  const problems = new Problems();
  const value = parseText(text, problems);
  return value === undefined || problems.all.length > 0 ? refuseDefinition(problems.all) : value;
};

const refuseDefinition = (problems: readonly ChartProblem[]): never => {
  throw new TestRefused(problems.map((each) => ({ ...each, pointer: `/definition${each.pointer}` })));
};

const chartOf = (validated: Validated): Chart => (validated.ok ? validated.chart : refuseDefinition(validated.errors));

/** What the language has and this version cannot run may be tested: nothing of it is run here. */
const options = { name: 'test', allowUnsupported: true } as const;

const ofChart = (value: Json, stateName: string): UnderTest => {
  if (stateName === '')
    return refuse(
      'INVALID_VALUE',
      '/stateName',
      'Invalid length for parameter stateName, value: 0, valid min length: 1',
    );
  if (isObject(value) && value.Type !== undefined && !isChart(value))
    return refuse(
      'INVALID_VALUE',
      '/stateName',
      "The definition is a state alone: 'stateName' names a state of a chart.",
    );
  const chart = chartOf(validateChart(value, options));
  const states = [...statesOf(chart.definition, false)];
  const found = states.find(({ name }) => name === stateName);
  if (found === undefined) {
    const names = states.map(({ name }) => name);
    const near = didYouMean(stateName, names) ?? listed(names);
    return refuse('STATE_NOT_FOUND', '/stateName', 'State not found in definition', near);
  }
  return compiled(chart, found.text, found.jsonata);
};

const ofState = (value: Json): UnderTest => {
  if (!isObject(value) || !isPlainJson(value))
    return refuse('NOT_A_CHART', '/definition', `A state must be an object, at most ${maxChartDepth} levels deep.`);
  const jsonata = usesJsonata(value, false);
  const alone = wrap(value, jsonata);
  const validated = validateChart(alone.machine, options);
  const chart = validated.ok ? validated.chart : refuseDefinition(ofStateAlone(validated.errors, alone.name));
  return compiled(chart, value, jsonata);
};

/** What is wrong with the state, as it was given: of the machine around it only the names of its targets can be wrong. */
const ofStateAlone = (problems: readonly ChartProblem[], name: string): readonly ChartProblem[] => {
  const prefix = into('/States', name);
  const own = problems.filter(({ code }) => code !== 'NO_TERMINAL_STATE');
  return (own.length > 0 ? own : problems).map(({ pointer, suggestion, ...problem }) => ({
    ...problem,
    pointer: pointer === prefix || pointer.startsWith(`${prefix}/`) ? pointer.slice(prefix.length) : '',
    // Those that list the states list ours.
    ...(suggestion === undefined || suggestion.startsWith('the states are') ? null : { suggestion }),
  }));
};

interface Found {
  readonly name: string;
  readonly text: JsonObject;
  readonly jsonata: boolean;
}

/** All states of a machine, those inside of others included. Validation has bounded how deep they are nested. */
function* statesOf(machine: JsonObject, outer: boolean): Generator<Found> {
  const within = usesJsonata(machine, outer);
  for (const [name, value] of Object.entries(machine.States as JsonObject)) {
    const text = value as JsonObject;
    yield { name, text, jsonata: usesJsonata(text, within) };
    for (const nested of nestedMachines(text)) yield* statesOf(nested, within);
  }
}

/** The machine of one state. It has a name that no other state has; how deep values are nested was checked before. */
const wrap = (text: JsonObject, jsonata: boolean): { readonly name: string; readonly machine: JsonObject } => {
  const targets = new Set(targetsOf(text, '').map(([target]) => target));
  const written = JSON.stringify(text);
  let name = testedName;
  while (written.includes(`"${name}"`)) name = `${name}*`;
  const ends = [...targets].map((target): [string, Json] => [target, { Type: 'Succeed' }]);
  return {
    name,
    machine: {
      QueryLanguage: jsonata ? 'JSONata' : 'JSONPath',
      StartAt: name,
      States: Object.fromEntries([[name, text], ...ends]),
    },
  };
};

const compiled = (chart: Chart, text: JsonObject, jsonata: boolean): UnderTest => {
  const { name, machine } = wrap(text, jsonata);
  const made = compileChart({ ...chart, breaks: 'every-action', definition: machine }, 1);
  const states = [...made.states.values()];
  const inside = new Set(states.filter(({ enclosing }) => enclosing !== null).map((state) => state.name));
  return { chart: made, state: made.states.get(name) as CompiledState, text, jsonata, inside };
};

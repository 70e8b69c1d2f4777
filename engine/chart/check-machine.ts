import { assignedBy } from '#engine/chart/assigned';
import { type AwsWords, empty, ofType, oneOf, required } from '#engine/chart/aws-words';
import { checkNumber, checkType } from '#engine/chart/check';
import { checkFields, checkQueryLanguage } from '#engine/chart/check-fields';
import { checkState } from '#engine/chart/check-state';
import { branchFields, machineFields, processorFields, usesJsonata } from '#engine/chart/fields';
import { into } from '#engine/chart/problems';
import { didYouMean, listed } from '#engine/chart/suggest';
import type { Check, CheckNested } from '#engine/chart/under-check';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** The most states of a chart, nested ones included. */
export const maxStates = 10_000;
/** How deep Parallel and Map states may be nested. */
export const maxNesting = 32;

/** Checks a state machine: the chart's, a branch's or a processor's, with all its states. */
export const checkMachine = (
  check: Check,
  machine: Json | undefined,
  pointer: string,
  kind: 'top' | 'branch' | 'processor',
  nesting: number,
): void => {
  const { problems } = check;
  if (!isObject(machine)) {
    problems.add('INVALID_VALUE', pointer, 'A state machine must be an object.', undefined, ofType('object'));
    return;
  }
  if (nesting > maxNesting) {
    problems.add('TOO_DEEP', pointer, `Parallel and Map states are nested more than ${maxNesting} deep.`);
    return;
  }
  checkFields(
    check,
    machine,
    pointer,
    kind === 'top' ? machineFields : kind === 'branch' ? branchFields : processorFields,
  );
  const jsonata = kind === 'top' ? usesJsonata(machine, false) : check.jsonata;
  if (kind === 'top') checkQueryLanguage(check, machine, pointer);
  checkType(check, machine, 'Comment', pointer, 'string');
  checkNumber({ ...check, jsonata: false }, machine, 'TimeoutSeconds', pointer, {
    least: 1,
    most: 99_999_999,
    integer: true,
  });
  if (machine.Version !== undefined && machine.Version !== '1.0') {
    problems.add('INVALID_VALUE', into(pointer, 'Version'), "'Version' must be '1.0'.", undefined, oneOf('1.0'));
  }
  // AWS tells all that is missing at once.
  const missing = ['States', 'StartAt'].filter((field) => machine[field] === undefined);
  for (const field of missing.toReversed()) {
    const words = field === missing[0] ? required(pointer, ...missing) : null;
    problems.add('MISSING_FIELD', into(pointer, field), `The field '${field}' is missing.`, undefined, words);
  }
  const known = checkType(check, machine, 'StartAt', pointer, 'string');
  if (!checkType(check, machine, 'States', pointer, 'object')) return;
  const states = machine.States as JsonObject;
  const names = Object.keys(states);
  if (names.length === 0) {
    problems.add('INVALID_VALUE', into(pointer, 'States'), 'There must be at least one state.', undefined, empty);
    return;
  }
  for (const name of names) {
    claimName(check, name, into(into(pointer, 'States'), name));
    if (check.names.size > maxStates) {
      problems.add('TOO_MANY_STATES', into(pointer, 'States'), `A chart may have ${maxStates} states.`);
      return;
    }
  }
  const sets = assignedBy(states);
  const around = sets.size === 0 ? check.around : { sets, around: check.around };
  const nested: CheckNested = (inner, at, what, caught) =>
    checkMachine(
      { ...check, jsonata, caught, around: isDistributed(inner) ? null : around },
      inner,
      at,
      what,
      nesting + 1,
    );
  const within: Check = { ...check, targets: names, jsonata };
  for (const name of names) checkState(within, states[name] as Json, into(into(pointer, 'States'), name), nested);
  const targets = checkTargets(check, states, into(pointer, 'States'));
  if (known && !Object.hasOwn(states, machine.StartAt as string))
    unknownState(check, machine.StartAt as string, states, into(pointer, 'StartAt'));
  else if (known) checkReach(check, machine, targets, pointer);
  if (known) checkReachAsAws(check, machine, targets, pointer, kind === 'top');
};

/** A distributed Map's children see no variables of the states around. */
const isDistributed = (machine: Json | undefined): boolean =>
  isObject(machine) && isObject(machine.ProcessorConfig) && machine.ProcessorConfig.Mode === 'DISTRIBUTED';

/** A suggestion compares with every name; a chart with thousands of errors gets no more than so many. */
const maxSuggestions = 100;

const claimName = (check: Check, name: string, pointer: string): void => {
  const first = check.names.get(name);
  if (first !== undefined)
    check.problems.add(
      'DUPLICATE_STATE',
      pointer,
      `The name '${name}' is already taken by ${first}; names are unique in the whole chart.`,
      undefined,
      { message: `Duplicate State name: ${name}` },
    );
  else check.names.set(name, pointer);
  if (name.length > 80 || name === '')
    check.problems.add(
      'INVALID_VALUE',
      pointer,
      'The name of a state must have 1 to 80 characters.',
      undefined,
      invalidName(name),
    );
};

const invalidName = (name: string): AwsWords => ({
  code: 'INVALID_STATE_NAME',
  message: `Invalid State name: State ${name === '' ? 'must have a name' : 'exceeds the 80-character limit allowed by the service'}`,
});

const unknownState = (check: Check, name: string, states: JsonObject, pointer: string): void => {
  const elsewhere = check.names.has(name)
    ? `it stands at ${check.names.get(name)}, outside of this machine`
    : undefined;
  check.problems.add(
    'UNKNOWN_STATE',
    pointer,
    `There is no state '${name}' here.`,
    elsewhere ??
      (check.problems.all.length < maxSuggestions
        ? (didYouMean(name, Object.keys(states)) ?? listed(Object.keys(states)))
        : undefined),
    { message: `Missing 'Next' target: ${name}` },
  );
};

/** Every name that a state can go to, with where it is written. */
export const targetsOf = (
  state: JsonObject,
  pointer: string,
): readonly (readonly [name: string, pointer: string])[] => {
  const found: [string, string][] = [];
  const note = (holder: Json | undefined, field: string, at: string): void => {
    if (isObject(holder) && typeof holder[field] === 'string') found.push([holder[field], into(at, field)]);
  };
  note(state, 'Next', pointer);
  note(state, 'Default', pointer);
  for (const field of ['Choices', 'Catch']) {
    const rules = state[field];
    if (isArray(rules))
      rules.forEach((rule, i) => {
        note(rule, 'Next', into(into(pointer, field), i));
      });
  }
  return found;
};

const checkTargets = (check: Check, states: JsonObject, pointer: string): ReadonlyMap<string, readonly string[]> => {
  const targets = new Map<string, readonly string[]>();
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue;
    const known: string[] = [];
    for (const [target, at] of targetsOf(state, into(pointer, name))) {
      if (Object.hasOwn(states, target)) known.push(target);
      else unknownState(check, target, states, at);
    }
    targets.set(name, known);
  }
  return targets;
};

const checkReach = (
  check: Check,
  machine: JsonObject,
  targets: ReadonlyMap<string, readonly string[]>,
  pointer: string,
): void => {
  const states = machine.States as JsonObject;
  const reached = new Set<string>([machine.StartAt as string]);
  for (const name of reached) for (const target of targets.get(name) ?? []) reached.add(target);
  for (const name of Object.keys(states)) {
    if (!reached.has(name))
      check.problems.add(
        'UNREACHABLE_STATE',
        into(into(pointer, 'States'), name),
        `No way leads from '${String(machine.StartAt)}' to '${name}'.`,
        undefined,
        null,
      );
  }
  if (![...reached].some((name) => isEnd(states[name])))
    check.problems.add(
      'NO_TERMINAL_STATE',
      into(pointer, 'States'),
      'No state ends this machine: it needs a Succeed or Fail state, or "End": true.',
      undefined,
      null,
    );
};

const isEnd = (state: Json | undefined): boolean =>
  isObject(state) && (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail');

/**
 * AWS asks less: only the chart's own states must have an end among them, reached or not, and where they have none it asks no more; a state is
 * reached where any state leads to it, though no way leads there (floci, issue 2735; cfn-lint, issue 4074).
 */
const checkReachAsAws = (
  check: Check,
  machine: JsonObject,
  targets: ReadonlyMap<string, readonly string[]>,
  pointer: string,
  top: boolean,
): void => {
  const states = machine.States as JsonObject;
  if (top && !Object.values(states).some(isEnd)) {
    check.problems.addAws(into(pointer, 'States'), {
      code: 'MISSING_END_STATE',
      message: 'Workflow has no terminal state',
      location: null,
    });
    return;
  }
  const reached = new Set([machine.StartAt as string, ...[...targets.values()].flat()]);
  for (const name of Object.keys(states))
    if (!reached.has(name))
      check.problems.addAws(into(into(pointer, 'States'), name), {
        code: 'MISSING_TRANSITION_TARGET',
        message: `State "${name}" is not reachable.`,
      });
};

import { empty, noStateType, notTimestamp, ofType, oneNeeded, onlyOne, required } from '#engine/chart/aws-words';
import {
  checkAssign,
  checkExclusive,
  checkExpression,
  checkNumber,
  checkOnePlace,
  checkTemplate,
  checkType,
} from '#engine/chart/check';
import { checkChoices } from '#engine/chart/check-choice';
import { checkCatch, checkRetry } from '#engine/chart/check-errors';
import { checkFields, checkQueryLanguage, isDowngrade } from '#engine/chart/check-fields';
import { checkMap } from '#engine/chart/check-map';
import type { StateType } from '#engine/chart/compiled';
import { jsonataStateFields, stateFields, usesJsonata } from '#engine/chart/fields';
import { into } from '#engine/chart/problems';
import { type ParsedResource, parseResource } from '#engine/chart/resource';
import { didYouMean, listed } from '#engine/chart/suggest';
import type { Check, CheckNested } from '#engine/chart/under-check';
import { warnNoCatch, warnNoDefault, warnNoPath, warnStaticResult } from '#engine/chart/warnings';
import type { Given } from '#engine/expression/jsonata-template';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { parseTimestamp } from '#engine/timestamp';

const isType = (type: Json | undefined): type is StateType =>
  typeof type === 'string' && Object.hasOwn(stateFields, type);

/** Checks one state, with the machines inside it. Where its transitions lead is checked by its machine. */
export const checkState = (machine: Check, state: Json, pointer: string, nested: CheckNested): void => {
  const { problems } = machine;
  if (!isObject(state)) {
    problems.add('INVALID_VALUE', pointer, 'A state must be an object.', undefined, ofType('object'));
    return;
  }
  const { Type: type } = state;
  if (type === undefined) {
    missing(machine, pointer, 'Type');
    return;
  }
  if (!isType(type)) {
    const suggestion = typeof type === 'string' ? didYouMean(type, Object.keys(stateFields)) : undefined;
    problems.add(
      'UNKNOWN_TYPE',
      into(pointer, 'Type'),
      `There is no type of state ${JSON.stringify(type)}.`,
      suggestion,
      typeof type === 'string' ? noStateType(pointer) : ofType('string'),
    );
    return;
  }
  const check: Check = { ...machine, jsonata: usesJsonata(state, machine.jsonata) };
  const [known, other] = check.jsonata
    ? [jsonataStateFields[type], stateFields[type]]
    : [stateFields[type], jsonataStateFields[type]];
  // Of a state that may not be in its language, its fields say no more.
  checkFields(check, state, pointer, isDowngrade(machine, state) ? [...known, ...other] : known, other);
  checkQueryLanguage(machine, state, pointer);
  checkType(check, state, 'Comment', pointer, 'string');
  checkData(check, state, pointer, type === 'Task' || type === 'Parallel' || type === 'Map' ? 'result' : null);
  if (stateFields[type].includes('Next')) checkTransition(check, state, pointer);
  if (stateFields[type].includes('Retry')) {
    checkRetry({ ...check, jsonata: false }, state.Retry, into(pointer, 'Retry'));
    checkCatch(check, state.Catch, into(pointer, 'Catch'));
  }
  if (type === 'Task') checkTask(check, state, pointer);
  else if (type === 'Wait') checkWait(check, state, pointer);
  else if (type === 'Choice') {
    checkChoices(check, state, pointer);
    warnNoDefault(check, state, pointer);
  } else if (type === 'Pass') warnStaticResult(check, state.Result, into(pointer, 'Result'));
  else if (type === 'Fail') checkFail(check, state, pointer);
  else if (type === 'Map') checkMap(check, state, pointer, nested);
  else if (type === 'Parallel') {
    const { Branches: branches } = state;
    if (!isArray(branches) || branches.length === 0) {
      problems.add(
        branches === undefined ? 'MISSING_FIELD' : 'INVALID_VALUE',
        into(pointer, 'Branches'),
        "'Branches' must be an array of at least one state machine.",
        undefined,
        branches === undefined ? required(pointer, 'Branches') : isArray(branches) ? empty : ofType('array'),
      );
    } else
      branches.forEach((branch, i) => {
        nested(branch, into(into(pointer, 'Branches'), i), 'branch', check.caught || state.Catch !== undefined);
      });
  }
  if (!check.jsonata) warnNoPath(check, state, pointer, stateFields[type]);
};

const missing = (check: Check, pointer: string, field: string): void =>
  check.problems.add(
    'MISSING_FIELD',
    into(pointer, field),
    `The field '${field}' is missing.`,
    undefined,
    required(pointer, field),
  );

/** Input and output processing, in whichever types have it. */
const checkData = (check: Check, state: JsonObject, pointer: string, given: Given): void => {
  for (const field of ['InputPath', 'OutputPath']) {
    const value = state[field];
    if (value !== undefined && value !== null) checkExpression(check, value, into(pointer, field), 'path');
  }
  if (state.ResultPath !== undefined && state.ResultPath !== null)
    checkExpression(check, state.ResultPath, into(pointer, 'ResultPath'), 'reference');
  for (const field of ['Parameters', 'ResultSelector', 'ItemSelector', 'Arguments', 'Output']) {
    if (state[field] === undefined) continue;
    checkTemplate(check, state[field], into(pointer, field), field === 'Output' ? given : null);
  }
  checkAssign(check, state.Assign, into(pointer, 'Assign'), given);
};

const checkTransition = (check: Check, state: JsonObject, pointer: string): void => {
  const { Next: next, End: end } = state;
  if (next !== undefined && end === true)
    check.problems.add(
      'CONFLICTING_FIELDS',
      into(pointer, 'End'),
      "A state has either 'Next' or 'End': true, not both.",
      undefined,
      onlyOne(pointer, ['Next', 'End']),
    );
  if (next === undefined && end !== true)
    check.problems.add(
      'MISSING_FIELD',
      pointer,
      "A state needs 'Next', or 'End': true.",
      listed(check.targets),
      oneNeeded(pointer, ['Next', 'End']),
    );
  checkType(check, state, 'Next', pointer, 'string');
  checkType(check, state, 'End', pointer, 'boolean');
};

const checkTask = (check: Check, state: JsonObject, pointer: string): void => {
  if (state.Resource === undefined) missing(check, pointer, 'Resource');
  else if (checkType(check, state, 'Resource', pointer, 'string'))
    checkResource(check, state.Resource as string, into(pointer, 'Resource'));
  for (const field of ['TimeoutSeconds', 'HeartbeatSeconds']) {
    checkExclusive(check, state, pointer, [field, `${field}Path`]);
    checkNumber(check, state, field, pointer, { least: 1, most: 99_999_999, integer: true });
    if (state[`${field}Path`] !== undefined) {
      checkExpression(check, state[`${field}Path`] as Json, into(pointer, `${field}Path`), 'path');
      checkOnePlace(check, state[`${field}Path`], into(pointer, `${field}Path`));
    }
  }
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    check.problems.add(
      'INVALID_VALUE',
      into(pointer, 'HeartbeatSeconds'),
      "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'.",
    );
  }
  if (state.Credentials !== undefined) checkCredentials(check, state, into(pointer, 'Credentials'));
  warnNoCatch(check, state, pointer);
};

/** Refused rather than passed over where it has no meaning: what was to be done in another role must not be done in ours. */
const checkCredentials = (
  check: Check,
  { Credentials: value, Resource: resource }: JsonObject,
  pointer: string,
): void => {
  checkTemplate(check, value as Json, pointer);
  if (!isObject(value) || (value.RoleArn === undefined && (check.jsonata || value['RoleArn.$'] === undefined)))
    check.problems.add('MISSING_FIELD', into(pointer, 'RoleArn'), "'Credentials' need 'RoleArn'.", undefined, {
      message: "The field 'RoleArn' is required but was missing",
      at: pointer,
    });
  if (typeof resource === 'string' && parseResource(resource)?.resource.kind === 'activity')
    check.problems.addAws(pointer, { message: "The field 'Credentials' is not supported for activities" });
  if (check.options.allowUnsupported === true || typeof resource !== 'string') return;
  const parsed = parseResource(resource)?.resource;
  if (parsed && (roleless.has(parsed.name) || parsed.kind === 'activity' || parsed.kind === 'exec'))
    check.problems.add(
      'INVALID_VALUE',
      pointer,
      `'${resource}' is not called in a role: only calls of AWS's services are.`,
      'leave the field out',
    );
};

/** What Flowbeat does itself, or looks after by itself. */
const roleless: ReadonlySet<string> = new Set(['states:startExecution', 'ecs:runTask']);

const checkResource = (check: Check, text: string, pointer: string): void => {
  if (check.problems.profile === 'aws' && !text.startsWith('arn:')) {
    const suggestion = 'Write the ARN of an activity, a function or an integration.';
    check.problems.addAws(pointer, { message: 'Value is not a valid resource ARN' }, suggestion);
    return;
  }
  const parsed = parseResource(text);
  if (check.options.type === 'EXPRESS' && parsed !== undefined) checkExpress(check, parsed, pointer);
  if (parsed?.supported === true) return;
  if (check.options.allowUnsupported === true && (parsed !== undefined || !text.startsWith('arn:'))) return;
  if (parsed === undefined) {
    check.problems.add(
      'UNKNOWN_RESOURCE',
      pointer,
      `'${text}' is no resource: 'activity:<name>', an activity ARN, 'exec', a Lambda ARN or an integration such as 'arn:aws:states:::sqs:sendMessage' is expected.`,
      nearResource(text),
      {
        message: `The resource provided ${text} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      },
    );
  } else {
    check.problems.add('NOT_YET_SUPPORTED', pointer, `The resource '${text}' is not yet supported by this version.`);
  }
};

/** An Express run answers at once: it cannot wait for what comes back later. */
const checkExpress = (check: Check, parsed: ParsedResource, pointer: string): void => {
  const refuse = (what: string, words: string): void =>
    check.problems.add('INVALID_VALUE', pointer, `An Express state machine does not support ${what}.`, undefined, {
      message: `Express state machine does not support ${words}`,
    });
  if (parsed.resource.sync !== undefined) refuse("'.sync'", "'.sync' service integration");
  // The blank at the end is AWS's.
  else if (parsed.callback) refuse("'.waitForTaskToken'", "'.waitForTaskToken' service integration ");
  // What our workers have handlers for is no activity of AWS, which an Express run could not wait for.
  else if (parsed.resource.kind === 'activity' && check.problems.profile === 'aws')
    refuse('activities', 'Activity ARN');
};

/** A scheme that is nearly ours is corrected; a bare name is most likely an activity's. */
const nearResource = (text: string): string | undefined => {
  const colon = text.indexOf(':');
  if (colon < 0) return didYouMean(text, ['exec']) ?? `did you mean 'activity:${text}'?`;
  const name = text.slice(colon + 1);
  const near = name !== '' && didYouMean(text.slice(0, colon), ['activity']) !== undefined;
  return near ? `did you mean 'activity:${name}'?` : undefined;
};

const checkWait = (check: Check, state: JsonObject, pointer: string): void => {
  const forms = ['SecondsPath', 'Seconds', 'TimestampPath', 'Timestamp'];
  checkExclusive(check, state, pointer, forms);
  if (forms.every((form) => state[form] === undefined))
    check.problems.add(
      'MISSING_FIELD',
      pointer,
      `A Wait state needs one of ${forms.join(', ')}.`,
      undefined,
      oneNeeded(pointer, forms),
    );
  checkNumber(check, state, 'Seconds', pointer, { least: 0, most: 99_999_999, integer: true });
  const { Timestamp: timestamp } = state;
  if (check.jsonata && typeof timestamp === 'string' && timestamp.startsWith('{%'))
    checkTemplate(check, timestamp, into(pointer, 'Timestamp'));
  else if (timestamp !== undefined && (typeof timestamp !== 'string' || parseTimestamp(timestamp) === undefined)) {
    check.problems.add(
      'INVALID_VALUE',
      into(pointer, 'Timestamp'),
      "'Timestamp' must be an RFC 3339 timestamp with T and Z or an offset, such as 2026-03-14T01:59:00Z.",
      undefined,
      typeof timestamp === 'string' ? notTimestamp : ofType('string'),
    );
  }
  for (const form of ['SecondsPath', 'TimestampPath']) {
    if (state[form] !== undefined) checkExpression(check, state[form], into(pointer, form), 'path');
    checkOnePlace(check, state[form], into(pointer, form));
  }
};

const checkFail = (check: Check, state: JsonObject, pointer: string): void => {
  for (const field of ['Error', 'Cause']) {
    if (checkType(check, state, field, pointer, 'string') && check.jsonata)
      checkTemplate(check, state[field] as Json, into(pointer, field));
    checkExclusive(check, state, pointer, [field, `${field}Path`]);
    const path = state[`${field}Path`];
    if (path === undefined) continue;
    const at = into(pointer, `${field}Path`);
    checkExpression(check, path, at, 'path-or-intrinsic');
    checkOnePlace(check, path, at);
    checkText(check, path, at);
  }
};

/** Of the intrinsic functions a Fail state takes those that give a text (AWS: "Fail workflow state"). */
const checkText = (check: Check, path: Json, pointer: string): void => {
  const called = typeof path === 'string' ? /^(States\.\w+)\(/.exec(path)?.[1] : undefined;
  if (called !== undefined && !textFunctions.includes(called))
    check.problems.add(
      'INVALID_PATH',
      pointer,
      `'${called}' gives no text: ${textFunctions.join(', ')} may be called here.`,
    );
};

const textFunctions = [
  'States.Format',
  'States.JsonToString',
  'States.ArrayGetItem',
  'States.Base64Encode',
  'States.Base64Decode',
  'States.Hash',
  'States.UUID',
];

/** Patterns: regular expressions, and the expression's own functions that stand for one (docs.jsonata.org, "Regular expressions"). */

import { raise } from '#engine/jsonata/error';
import type { Regex } from '#engine/jsonata/regex/regex';
import { apply } from '#engine/jsonata/values/call';
import {
  Callable,
  type Frame,
  isList,
  isRecord,
  type Machine,
  Native,
  type Value,
  type ValueObject,
} from '#engine/jsonata/values/value';

/** One place where a pattern matches. */
export interface Match {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly Value[];
  /** As the functions of the expression see it. */
  readonly shown: () => Value;
  readonly next: () => Match | undefined;
}

/** A regular expression as a value: a function that finds its first match in a text. */
export class Pattern extends Native {
  readonly regex: Regex;

  constructor(regex: Regex) {
    super(2, undefined, ([text, from], machine) => {
      if (typeof text === 'object' && text !== null)
        return raise('T0410', 'Argument 1 of a regular expression must be a string');
      return find(regex, String(text), typeof from === 'number' ? from : 0, machine)?.shown();
    });
    this.regex = regex;
  }
}

const find = (regex: Regex, text: string, from: number, machine: Machine): Match | undefined => {
  const found = regex.exec(text, from, machine.meter);
  if (found === undefined) return undefined;
  const { start, end, groups } = found;
  const match = text.slice(start, end);
  machine.meter.text(match.length);
  const next = (): Match | undefined => {
    if (end >= text.length) return undefined;
    const following = find(regex, text, end, machine);
    if (following?.match === '') raise('D1004', 'Regular expression matches zero length string');
    return following;
  };
  const shown = (): ValueObject => ({
    match,
    start,
    end,
    groups,
    next: new Native(0, undefined, () => next()?.shown()),
  });
  return { match, start, end, groups, shown, next };
};

/** The first place in a text where a pattern matches. Throws `JsonataError` T1010 where a function's answer describes none. */
export const firstMatch = (pattern: Value, text: string, machine: Machine, frame: Frame): Match | undefined =>
  pattern instanceof Pattern
    ? find(pattern.regex, text, 0, machine)
    : described(apply(pattern, [text], null, frame, machine), machine, frame);

const described = (answer: Value, machine: Machine, frame: Frame): Match | undefined => {
  if (answer === undefined) return undefined;
  if (!isRecord(answer)) return wrongShape();
  const { match, start, end, groups, next } = answer;
  if (typeof match !== 'string' || typeof start !== 'number' || !isList(groups) || !(next instanceof Callable))
    return wrongShape();
  return {
    match,
    start,
    end: typeof end === 'number' ? end : start + match.length,
    groups,
    shown: () => answer,
    next: () => described(apply(next, [], null, frame, machine), machine, frame),
  };
};

const wrongShape = (): never =>
  raise('T1010', 'The matcher function argument does not return the correct object structure');

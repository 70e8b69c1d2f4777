/** Transforms: functions that change parts of a copy. */

import { raise } from '#engine/jsonata/error';
import { clone } from '#engine/jsonata/library/collections';
import type { Meter } from '#engine/jsonata/meter';
import type { CompileNode } from '#engine/jsonata/nodes/compilers';
import type { NodeOf } from '#engine/jsonata/syntax/ast';
import { apply } from '#engine/jsonata/values/call';
import { copyOf } from '#engine/jsonata/values/convert';
import { Signature } from '#engine/jsonata/values/signature';
import {
  asList,
  Callable,
  type Code,
  type Frame,
  isList,
  isRecord,
  type Machine,
  Native,
  own,
  put,
  type Value,
} from '#engine/jsonata/values/value';

/** Whether a value is, or has below it, an object. */
const holds = (value: Value, sought: Value, seen: Set<Value>, meter: Meter): boolean => {
  if (value === sought) return true;
  if (typeof value !== 'object' || value === null || value instanceof Callable || seen.has(value)) return false;
  seen.add(value);
  meter.burn(1);
  return Object.values(value).some((item) => holds(item, sought, seen, meter));
};

const transformSignature = new Signature('<(oa):o>');

const changeCost = 4;
const transformCost = 12;

/** `|pattern|update, delete|`: a function that gives a changed copy. */
export const compileTransform = (node: NodeOf<'transform'>, level: number, compile: CompileNode): Code => {
  const pattern = compile(node.pattern, level + 1);
  const update = compile(node.update, level + 1);
  const removal = node.delete === undefined ? undefined : compile(node.delete, level + 1);
  const { position } = node;
  const change = (target: Value, frame: Frame, machine: Machine): void => {
    const changes = update(target, frame, machine);
    if (changes !== undefined) {
      if (!isRecord(changes))
        raise(
          'T2011',
          `The insert/update clause of the transform expression must evaluate to an object: ${JSON.stringify(changes)}`,
          undefined,
          node.update.position,
        );
      for (const key of Object.keys(changes)) {
        machine.meter.burn(changeCost);
        // A list has no members.
        if (isList(target)) break;
        if (!isRecord(target))
          raise('T2011', 'The pattern of the transform expression must give objects', undefined, position);
        const value = own(changes, key);
        // A value that holds the target itself is copied, so that none ever holds itself.
        const holdsItself = holds(value, target, new Set(), machine.meter);
        put(target as { [key: string]: Value }, key, holdsItself ? copyOf(value, machine.meter) : value);
      }
    }
    const names = removal?.(target, frame, machine);
    if (names === undefined) return;
    for (const name of asList(names)) {
      if (typeof name !== 'string')
        raise(
          'T2012',
          `The delete clause of the transform expression must evaluate to a string or array of strings: ${JSON.stringify(names)}`,
          undefined,
          node.delete?.position,
        );
    }
    for (const name of asList(names)) if (isRecord(target)) delete (target as { [key: string]: Value })[name as string];
  };
  return (_input, frame, machine) => {
    machine.meter.burn(transformCost);
    return new Native(1, transformSignature, ([object], current) => {
      if (object === undefined) return undefined;
      const copier = frame.lookup('clone');
      if (!(copier instanceof Callable))
        return raise(
          'T2013',
          'The transform expression clones the input object using the $clone() function.  This has been overridden in the current scope by a non-function.',
          undefined,
          position,
        );
      const made = apply(copier, [object], null, frame, current);
      // A function of the expression's own may have copied nothing: the input must not change.
      const copy = copier === clone[1] ? made : copyOf(made, current.meter);
      const found = pattern(copy, frame, current);
      if (found !== undefined) for (const target of asList(found)) change(target, frame, current);
      return copy;
    });
  };
};

import { memberKey } from '#adapters/integrations/names';
import type { Shape } from '#adapters/integrations/shapes';
import type { Json } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** What a chart hands over does not fit the service's API. */
export class InputMisfit extends Error {}

/**
 * A Task's parameters as a client takes them: members by the service's own names, texts made of values that are none (Step Functions turns them into JSON),
 * bytes and times of texts. `token` is put where the service takes a client token and the chart gives none. Throws `InputMisfit`.
 */
export function toService(shape: Shape, value: Json, token: string, at = ''): unknown {
  switch (shape.is) {
    case 'structure':
      return structure(shape, value, token, at);
    case 'list':
      if (!isArray(value)) throw misfit(at, 'a list');
      return value.map((item, i) => toService(shape.of(), item, token, `${at}[${i}]`));
    case 'map':
      if (!isObject(value)) throw misfit(at, 'an object');
      return mapped(value, (name, member) => [name, toService(shape.of(), member, token, `${at}.${name}`)]);
    case 'text':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'bytes':
      return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
    case 'time':
      return time(value, at);
    case 'number':
      return number(value, at);
    case 'boolean':
      return typeof value === 'string' ? value === 'true' : value;
    case 'any':
      return value;
  }
}

function structure(shape: Shape & { is: 'structure' }, value: Json, token: string, at: string): object {
  if (!isObject(value)) throw misfit(at, 'an object');
  const known = new Map([...shape.members.values()].map((member) => [memberKey(member.name), member]));
  const given = new Set<string>();
  const made = mapped(value, (name, inner) => {
    const member = known.get(memberKey(name));
    const path = at === '' ? name : `${at}.${name}`;
    if (!member) throw new InputMisfit(`The service knows no field '${path}' here.`);
    given.add(member.name);
    // An empty value is as one that is not there: the service says itself what it thinks of that.
    return [member.name, inner === null ? undefined : toService(member.shape(), inner, token, path)];
  });
  for (const member of shape.members.values())
    if (member.isIdempotencyToken && !given.has(member.name)) made[member.name] = token;
  const missing = shape.required.filter((name) => made[name] === undefined && !given.has(name));
  if (missing.length > 0)
    throw new InputMisfit(`The service needs the field '${missing[0]}'${at === '' ? '' : ` in '${at}'`}.`);
  return made;
}

function mapped(
  value: { readonly [name: string]: Json | undefined },
  change: (name: string, member: Json) => [string, unknown],
) {
  const made: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const [changed, inner] = change(name, member ?? null);
    if (inner !== undefined) made[changed] = inner;
  }
  return made;
}

function time(value: Json, at: string): Date {
  const date =
    typeof value === 'number' ? new Date(value * 1000) : new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw misfit(at, 'a time, such as 2026-03-14T01:59:00Z or seconds since 1970');
  return date;
}

function number(value: Json, at: string): number {
  const made = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof made !== 'number' || Number.isNaN(made)) throw misfit(at, 'a number');
  return made;
}

const misfit = (at: string, wanted: string): InputMisfit =>
  new InputMisfit(`${at === '' ? 'What the Task hands over' : `The field '${at}'`} must be ${wanted}.`);

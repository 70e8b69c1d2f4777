import type { Fact } from '#engine/flow';
import type { LooseEvent } from '#engine/history/event';
import { ownKinds } from '#engine/history/facts';
import { isObject } from '#engine/json-values';

/** The event of a fact of our own: its data are the details. A kind without a name is shown under its own. */
export const ownEvent = (fact: Fact): LooseEvent => {
  const [kind, timestamp, ...data] = fact;
  const type = Object.hasOwn(ownKinds, kind) ? ownKinds[kind as keyof typeof ownKinds] : `Flow${capital(kind)}`;
  const [first] = data;
  if (first === undefined) return { timestamp, type };
  const details = isObject(first)
    ? first
    : kind === 'log'
      ? { lines: first }
      : { data: data.length === 1 ? first : data };
  return { timestamp, type, details: [`${type[0]?.toLowerCase() ?? ''}${type.slice(1)}EventDetails`, details] };
};

const capital = (word: string): string => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`;

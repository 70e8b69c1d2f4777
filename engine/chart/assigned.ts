import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

const namesIn = (holder: Json | undefined): readonly string[] =>
  isObject(holder) && isObject(holder.Assign)
    ? Object.keys(holder.Assign).map((name) => name.replace(/\.\$$/, ''))
    : [];

/** The variables that a chart sets: the members of all that is called `Assign`, wherever it stands. */
export const assignedIn = (definition: Json): ReadonlySet<string> => {
  const found = new Set<string>();
  const open: Json[] = [definition];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const name of namesIn(value as JsonObject)) found.add(name);
    for (const inner of Object.values(value)) open.push(inner as Json);
  }
  return found;
};

/** The variables that states set, without the machines inside them, and whether a state's own `Assign` does or that of a rule alone. */
export const assignedBy = (states: JsonObject): ReadonlyMap<string, 'state' | 'rule'> => {
  const found = new Map<string, 'state' | 'rule'>();
  for (const state of Object.values(states)) {
    if (!isObject(state)) continue;
    for (const rules of [state.Catch, state.Choices])
      if (isArray(rules)) for (const name of rules.flatMap(namesIn)) if (!found.has(name)) found.set(name, 'rule');
    for (const name of namesIn(state)) found.set(name, 'state');
  }
  return found;
};

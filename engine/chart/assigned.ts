import type { Json, JsonObject } from '#engine/json';
import { isObject } from '#engine/json-values';

const nested: ReadonlySet<string> = new Set(['Branches', 'ItemProcessor', 'Iterator']);

/** The variables that a machine's states set, their rules and catchers included: the members of all that is called `Assign`. `inside`: also those of the machines inside them. */
export const assignedIn = (machine: Json, inside: boolean): ReadonlySet<string> => {
  const found = new Set<string>();
  const open: Json[] = [machine];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const { Assign: variables } = value as JsonObject;
    if (isObject(variables)) for (const name of Object.keys(variables)) found.add(name.replace(/\.\$$/, ''));
    for (const [field, inner] of Object.entries(value)) if (inside || !nested.has(field)) open.push(inner as Json);
  }
  return found;
};

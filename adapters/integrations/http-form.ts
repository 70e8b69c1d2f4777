import { MOST_BYTES } from '#adapters/integrations/from-service';
import { InputMisfit } from '#adapters/integrations/to-service';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';

/** How arrays are written in a form (AWS: "Call HTTPS APIs in Step Functions workflows", `RequestEncodingOptions.ArrayFormat`). */
export type ArrayFormat = 'INDICES' | 'REPEAT' | 'COMMAS' | 'BRACKETS' | 'NONE';

/**
 * A value as the fields of an HTML form: members in brackets, `card[number]=42`, arrays as the format says; `NONE` leaves arrays out. Throws `InputMisfit` where it is
 * too long: each value repeats the names of all that it stands in.
 */
export const toForm = (body: JsonObject, format: ArrayFormat): URLSearchParams => {
  const form = new URLSearchParams();
  let length = 0;
  const append = (name: string, value: string): void => {
    length += name.length + value.length;
    if (length > MOST_BYTES) throw new InputMisfit(`'RequestBody' is longer than ${MOST_BYTES >> 20} MiB as a form.`);
    form.append(name, value);
  };
  const add = (name: string, value: Json): void => {
    if (isArray(value)) addArray(name, value);
    else if (isObject(value)) for (const [member, inner] of Object.entries(value)) add(`${name}[${member}]`, inner);
    else append(name, value === null ? '' : String(value));
  };
  const addArray = (name: string, items: readonly Json[]): void => {
    if (format === 'COMMAS') append(name, items.map((item) => plain(item)).join(','));
    else if (format !== 'NONE')
      for (const [index, item] of items.entries())
        add(format === 'INDICES' ? `${name}[${index}]` : format === 'BRACKETS' ? `${name}[]` : name, item);
  };
  for (const [name, value] of Object.entries(body)) add(name, value);
  return form;
};

const plain = (value: Json): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** JSONata's own cases (`../shared/jsonata-suite`, beside the repository) against the evaluator. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '#engine/json';
import { isArray, jsonEquals } from '#engine/json-values';
import { BoundReached, JsonataError } from '#engine/jsonata/error';
import { compileJsonata } from '#engine/jsonata/jsonata';
import { Callable, type Value } from '#engine/jsonata/values/value';

/** Where the cases lie; `datasets.json` is beside them. */
export const jsonataFile = fileURLToPath(new URL('../../../shared/jsonata-suite/cases.json', import.meta.url));

/** True where the cases are at hand. */
export const haveJsonata = existsSync(jsonataFile);

/** One case. */
export interface JsonataCase {
  readonly id: string;
  readonly expr: string;
  readonly data?: Json;
  readonly dataset?: string | null;
  readonly bindings?: { readonly [name: string]: Json };
  /** After which depth the reference gives up; ours counts in the same way. */
  readonly depth?: number;
  readonly result?: Json;
  readonly undefinedResult?: boolean;
  readonly code?: string;
  readonly token?: string;
  readonly error?: { readonly code: string };
  readonly unordered?: boolean;
}

type Datasets = { readonly [name: string]: Json };

/** The cases of a file, and the datasets beside it. */
export const readJsonata = (
  file = jsonataFile,
): { readonly cases: readonly JsonataCase[]; readonly datasets: Datasets } => ({
  cases: JSON.parse(readFileSync(file, 'utf8')) as JsonataCase[],
  datasets: JSON.parse(readFileSync(join(dirname(file), 'datasets.json'), 'utf8')) as Datasets,
});

/** Bounds for cases that count to ten million; a chart's are tighter. */
const bounds = { fuel: 100_000_000, depth: 2_000, size: 20_000_000 };

type Outcome = { readonly value: Json | undefined } | { readonly code: string; readonly token: string | undefined };

/** Why a case differs from what the reference answered; undefined where it does not. */
export const jsonataDiffers = (each: JsonataCase, datasets: Datasets): string | undefined => {
  const got = outcomeOf(each, datasets);
  const shown = JSON.stringify(got) ?? '';
  const code = each.code ?? each.error?.code;
  if (code !== undefined) {
    const same = 'code' in got && got.code === code && (each.token === undefined || got.token === each.token);
    return same ? undefined : `expected ${code} ${each.token ?? ''}, got ${shown}`;
  }
  if ('code' in got) return `expected ${JSON.stringify(each.result)}, got ${shown}`;
  if (each.undefinedResult === true) return got.value === undefined ? undefined : `expected nothing, got ${shown}`;
  const wanted = each.result ?? null;
  const same =
    each.unordered === true ? sameItems(wanted, got.value) : got.value !== undefined && jsonEquals(wanted, got.value);
  return same ? undefined : `expected ${JSON.stringify(wanted)}, got ${shown}`;
};

const outcomeOf = (each: JsonataCase, datasets: Datasets): Outcome => {
  const input = typeof each.dataset === 'string' ? datasets[each.dataset] : (each.data ?? undefined);
  try {
    const value = compileJsonata(each.expr).evaluate(input as Value, {
      variable: (name) => each.bindings?.[name] as Value,
      now: Date.now,
      random: Math.random,
      bounds: each.depth === undefined ? bounds : { ...bounds, depth: each.depth },
    });
    return { value: asJson(value) };
  } catch (error) {
    if (error instanceof BoundReached) return { code: 'U1001', token: undefined };
    if (error instanceof JsonataError) return { code: error.code, token: error.token };
    throw error;
  }
};

/** As JSON shows it: sequences are arrays, functions are left out. */
const asJson = (value: Value): Json | undefined =>
  value === undefined || value instanceof Callable ? undefined : (JSON.parse(JSON.stringify(value)) as Json);

const sameItems = (wanted: Json, got: Json | undefined): boolean => {
  if (!isArray(wanted) || !isArray(got)) return false;
  const sorted = (items: readonly Json[]): string => JSON.stringify(items.map((item) => JSON.stringify(item)).sort());
  return sorted(wanted) === sorted(got);
};

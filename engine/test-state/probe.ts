/**
 * Inspection: the state's own expressions, each with a probe behind it that notes what it gave. The engine evaluates them where and when it always does,
 * so that what a test shows is what a run has.
 */
import type { CompiledState } from '#engine/chart/compiled';
import { type CompiledExpression, constantExpression, noNeeds } from '#engine/expression/expression';
import type { Json, JsonObject } from '#engine/json';
import { isArray, isObject } from '#engine/json-values';
import { Batcher } from '#engine/run/batch';
import type { Cursor } from '#engine/run/cursor';
import { putResult } from '#engine/run/leave';
import { batchPlanOf } from '#engine/run/map-plan';
import { effectiveInput } from '#engine/run/work';
import { checkExpressions } from '#engine/test-state/bounded';
import { membersAsItems } from '#engine/test-state/map-situation';
import type { InspectionData } from '#engine/test-state/request';
import type { UnderTest } from '#engine/test-state/state-under-test';

/** A state with probes, and what they have noted so far. */
export interface Probed {
  readonly state: CompiledState;
  readonly data: InspectionData;
  /** The items of a Map; undefined until they are known. */
  readonly items: () => readonly Json[] | undefined;
  /** Notes what the children of a Map are given, where an `ItemBatcher` puts items together. Throws `StatesError`. */
  readonly noteBatches: (cursor: Cursor) => void;
}

type Noted = 'afterInputPath' | 'afterParameters' | 'afterArguments' | 'afterResultSelector';

/** Puts probes into a state. `items`: what an `ItemReader` gives, in the place of what the state's input has; null where that is not known. */
export const probe = ({ state, text, jsonata }: UnderTest, readItems?: readonly Json[] | null): Probed => {
  const data: InspectionData = {};
  const note = (field: Noted, expression: CompiledExpression | null): CompiledExpression =>
    behind(expression, (value) => {
      data[field] = value;
      return value;
    });
  const shaped = state.type === 'Task' || state.type === 'Pass' || state.type === 'Parallel';
  const common = jsonata
    ? shaped && state.type !== 'Pass'
      ? { parameters: note('afterArguments', state.parameters) }
      : {}
    : {
        inputPath: note('afterInputPath', state.inputPath),
        ...(shaped ? { parameters: note('afterParameters', state.parameters) } : null),
        ...(shaped || state.type === 'Map'
          ? {
              resultSelector: note('afterResultSelector', state.resultSelector),
              resultPath: (input: Json, result: Json): Json => {
                data.afterResultPath = putResult(input, result, state.resultPath);
                return data.afterResultPath;
              },
            }
          : null),
      };
  const probed = { ...state, ...common } as CompiledState;
  if (probed.type !== 'Map') return { state: probed, data, items: () => undefined, noteBatches: () => undefined };
  return probeMap(probed, text, data, jsonata, readItems);
};

/** An expression with something to be done with its value; of one that is not there, with what it is applied to. */
const behind = (expression: CompiledExpression | null, then: (value: Json) => Json): CompiledExpression => ({
  kind: expression?.kind ?? 'jsonpath',
  text: expression?.text ?? '$',
  needs: expression?.needs ?? noNeeds,
  evaluate: (root, scope) => then(expression === null ? root : expression.evaluate(root, scope)),
});

/**
 * A Map without items would be over before its mock counts: it gets one, for which no input is made. A Map has its items from `Items` or `ItemsPath`, or
 * else from its input.
 */
const probeMap = (
  state: Extract<CompiledState, { type: 'Map' }>,
  text: JsonObject,
  data: InspectionData,
  jsonata: boolean,
  readItems: readonly Json[] | null | undefined,
): Probed => {
  const { work } = state;
  const batcher = work.mapRun?.batcher ?? null;
  let known: readonly Json[] | undefined;
  let empty = false;
  const take = (given: Json): Json => {
    // A distributed Map has an item for each member of an object, as of one that its reader reads.
    const items = work.mapRun !== null && isObject(given) ? membersAsItems(given) : given;
    if (!isArray(items)) return items;
    if (!jsonata && readItems === undefined) data.afterItemsPath = given;
    empty = items.length === 0;
    if (readItems !== null) known = items;
    if (work.itemSelector !== null) {
      data.afterItemSelector = [];
      checkExpressions(text, items.length);
    }
    return empty ? [null] : items;
  };
  const source = readItems === undefined ? work.items : constantExpression((readItems ?? []) as Json, '');
  const selector = work.itemSelector;
  const made = {
    ...state,
    ...(source === null ? { inputPath: behind(state.inputPath, take) } : null),
    work: {
      ...work,
      // What its items come to is mocked: it is tested as an inline one.
      mapRun: null,
      items: source === null ? null : behind(source, take),
      itemSelector:
        selector === null
          ? null
          : {
              ...selector,
              evaluate: (root: Json, scope: Parameters<CompiledExpression['evaluate']>[1]): Json => {
                if (empty) return null;
                const value = selector.evaluate(root, scope);
                data.afterItemSelector?.push(value);
                return value;
              },
            },
    },
  };
  const noteBatches = (cursor: Cursor): void => {
    if (batcher === null || known === undefined) return;
    const plan = batchPlanOf(cursor, batcher, effectiveInput(cursor, state));
    data.afterItemBatcher = new Batcher(plan).inputsOf(data.afterItemSelector ?? known);
  };
  return { state: made, data, items: () => known, noteBatches };
};

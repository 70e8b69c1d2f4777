import type { CompiledChart, StateOf } from '#engine/chart/compiled';
import type { DecideOptions, Position } from '#engine/flow';
import type { Json } from '#engine/json';
import { Cursor, draws, PhaseError } from '#engine/run/cursor';
import { effectiveInput, itemsOf } from '#engine/run/work';

/** How many children the split has. Evaluates what the children's inputs need, so that an error fails the state here and not a child there. */
export const countBranches = (at: Cursor, state: StateOf<'Parallel' | 'Map'>): number => {
  const cursor = at.asEntered();
  cursor.draw = draws.enter;
  const input = effectiveInput(cursor, state);
  if (state.type === 'Parallel') return state.work.starts.length;
  const items = itemsOf(cursor, state as StateOf<'Map'>, input);
  if (state.work.itemSelector !== null)
    for (let i = 0; i < items.length; i++) childInput(cursor, state, input, items, i);
  return items.length;
};

/** What one child of a Map is given: its item, or what ItemSelector makes of it. */
const childInput = (
  cursor: Cursor,
  state: StateOf<'Parallel' | 'Map'>,
  input: Json,
  items: readonly Json[],
  index: number,
): Json => {
  const value = items[index] as Json;
  if (state.work.itemSelector === null) return value;
  const outer = cursor.item;
  cursor.item = { index, value };
  cursor.draw = draws.item + index * 1000;
  try {
    return state.work.itemSelector.evaluate(input, cursor);
  } finally {
    cursor.item = outer;
  }
};

/**
 * Where the children of a split start, by their index: a branch of a Parallel, an item of a Map. Pure and repeatable: it follows from the parent's
 * position alone, so that a child lost before it was stored is made again as it was. `options.now` becomes the time of entry and nothing else.
 */
export const branchPositions = (
  chart: CompiledChart,
  parent: Position,
  options: DecideOptions,
): ((index: number) => Position) => {
  if (parent.phase !== 'split') throw new PhaseError(`a flow in phase '${parent.phase}' has no branches`);
  const cursor = new Cursor(chart, parent, options, null).asEntered();
  const state = cursor.state as StateOf<'Parallel' | 'Map'>;
  cursor.draw = draws.enter;
  const given = effectiveInput(cursor, state);
  // Worked out once for all of them.
  const items = state.type === 'Map' ? itemsOf(cursor, state as StateOf<'Map'>, given) : undefined;
  return (index) => {
    const start = state.work.starts[items ? 0 : index];
    if (start === undefined) throw new PhaseError(`state '${state.name}' has no branch ${index}`);
    const value = items?.[index];
    if (items && value === undefined) throw new PhaseError(`state '${state.name}' has no item ${index}`);
    const item = value !== undefined && state.work.keepItem ? { index, value } : parent.item;
    return {
      at: start.name,
      phase: 'enter',
      step: 0,
      input: items ? childInput(cursor, state, given, items, index) : given,
      vars: parent.vars,
      entered: options.now,
      attempt: 0,
      ...(item === undefined ? null : { item }),
    };
  };
};

/** Where child `index` of a split starts: as `branchPositions`, of one alone. */
export const branchPosition = (
  chart: CompiledChart,
  parent: Position,
  index: number,
  options: DecideOptions,
): Position => branchPositions(chart, parent, options)(index);

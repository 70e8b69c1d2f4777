import type { Style } from '#cli/render/style';
import { facts, table } from '#cli/render/table';
import type { Json, JsonObject } from '#engine/json';
import type { ChartDetail } from '#http/contract/chart';

interface StateRow {
  readonly name: string;
  readonly type: string;
  readonly does: string;
  readonly next: string;
}

/** A chart as a table of its states, those of branches indented below theirs. `--json` shows it whole. */
export function chartLines(
  { name, version, hash, createdAt, chart }: ChartDetail,
  style: Style,
  width?: number,
): string[] {
  const envelope = object(chart);
  const definition = object(envelope.definition ?? chart);
  const triggers = Array.isArray(envelope.triggers) ? envelope.triggers.map((trigger) => JSON.stringify(trigger)) : [];
  return [
    ...facts(
      [
        ['chart', style('bold', `${name} v${version}`)],
        ['stored', createdAt],
        ['hash', hash],
        ['about', text(envelope.description) || text(definition.Comment)],
        ['queue', text(envelope.queue)],
        [
          'breaks',
          envelope.breaks === undefined ? undefined : (text(envelope.breaks) ?? JSON.stringify(envelope.breaks)),
        ],
        ['starts at', text(definition.StartAt)],
        ...triggers.map((trigger) => ['trigger', trigger] as const),
      ],
      style,
    ),
    '',
    ...table<StateRow>(
      rowsOf(definition, 0),
      [
        { title: 'STATE', text: (row) => row.name },
        { title: 'TYPE', text: (row) => row.type },
        { title: 'DOES', text: (row) => row.does, gives: true },
        { title: 'NEXT', text: (row) => row.next, gives: true },
      ],
      style,
      width,
    ),
  ];
}

function rowsOf(definition: JsonObject, depth: number): StateRow[] {
  return Object.entries(object(definition.States)).flatMap(([name, value]) => {
    const state = object(value);
    const inner = [state.ItemProcessor, state.Iterator, ...(Array.isArray(state.Branches) ? state.Branches : [])];
    const row = {
      name: `${'  '.repeat(depth)}${name}`,
      type: text(state.Type) ?? '?',
      does: does(state),
      next: next(state),
    };
    return [
      row,
      ...inner.filter((branch) => branch !== undefined).flatMap((branch) => rowsOf(object(branch), depth + 1)),
    ];
  });
}

function does(state: JsonObject): string {
  const facts = [
    text(state.Resource),
    waits(state),
    text(state.Error),
    Array.isArray(state.Branches) ? `${state.Branches.length} branches` : undefined,
    Array.isArray(state.Retry) ? 'retries' : undefined,
    Array.isArray(state.Catch) ? 'catches' : undefined,
  ];
  return facts.filter((fact) => fact !== undefined).join(', ');
}

const waits = (state: JsonObject): string | undefined => {
  const [name, value] = Object.entries(state).find(([key]) => /^(Seconds|Timestamp)(Path)?$/.test(key)) ?? [];
  return name === undefined ? undefined : `${name} ${value}`;
};

function next(state: JsonObject): string {
  if (Array.isArray(state.Choices)) {
    const targets = [...state.Choices.map((choice) => text(object(choice).Next)), text(state.Default)];
    return [...new Set(targets.filter((target) => target !== undefined))].join(' | ');
  }
  return text(state.Next) ?? (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail' ? '(end)' : '');
}

const object = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

import { stripVTControlCharacters } from 'node:util';
import { cut, type Style } from '#cli/render/style';

/** A column: its title, what stands in it, and how it is drawn. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Colours the text after it was padded to its width. */
  readonly paint?: (padded: string, row: Row) => string;
  readonly right?: boolean;
  /** Gives way when the terminal is too narrow for all. */
  readonly gives?: boolean;
}

const GAP = '  ';

/** Rows as aligned lines under a heading; cut to `columns` of the terminal where one is given. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  style: Style,
  width?: number,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = narrowed(
    columns.map(({ title }, index) => Math.max(title.length, ...cells.map((line) => widthOf(line[index] ?? '')))),
    columns,
    width,
  );
  const line = (texts: readonly string[], paint: (padded: string, index: number) => string) =>
    columns
      .map((column, index) => paint(padded(texts[index] ?? '', widths[index] ?? 0, column.right), index))
      .join(GAP)
      .trimEnd();
  return [
    style(
      'dim',
      line(
        columns.map(({ title }) => title),
        (text) => text,
      ),
    ),
    ...rows.map((row, at) => line(cells[at] ?? [], (text, index) => columns[index]?.paint?.(text, row) ?? text)),
  ];
}

/** Takes what is too much from the columns that give way, the widest first. */
function narrowed(
  widths: number[],
  columns: readonly { readonly gives?: boolean }[],
  width: number | undefined,
): number[] {
  if (width === undefined) return widths;
  let over = widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  while (over > 0) {
    const giving = widths.map((one, index) => (columns[index]?.gives ? one : 0));
    const widest = Math.max(...giving);
    if (widest <= 8) break;
    widths[giving.indexOf(widest)] = widest - 1;
    over--;
  }
  return widths;
}

function padded(text: string, width: number, right = false): string {
  const fitting = widthOf(text) > width ? cut(stripVTControlCharacters(text), width) : text;
  const space = ' '.repeat(Math.max(0, width - widthOf(fitting)));
  return right ? space + fitting : fitting + space;
}

/** Colours take no room. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Facts of one thing: aligned names and values. */
export function facts(pairs: readonly (readonly [name: string, value: string | undefined])[], style: Style): string[] {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${style('dim', name.padEnd(width))}  ${value}`);
}

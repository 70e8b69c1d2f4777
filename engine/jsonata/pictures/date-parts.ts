/** The parts of a picture of dates (XPath F&O 3.1, 9.8.4): literals and markers, one after another. */

import { raise } from '#engine/jsonata/error';
import type { Meter } from '#engine/jsonata/meter';
import { isField } from '#engine/jsonata/pictures/date-fields';
import { type IntegerPicture, readIntegerPicture } from '#engine/jsonata/pictures/integer-picture';

/** How a name is written. */
export type NameCase = 'upper' | 'lower' | 'title';

/** A place for one component of a date. */
export interface Marker {
  readonly kind: 'marker';
  /** The letter of the component. */
  readonly component: string;
  /** Set where the component is asked for by name. */
  readonly names: NameCase | undefined;
  /** How its number is written; none for what is no number, or where a name is asked for. */
  readonly integer: IntegerPicture | undefined;
  /** The widest a name may be; longer ones are cut. */
  readonly maxWidth: number | undefined;
  /** Of a year: how many of its last digits are shown; all where it is not set. */
  readonly yearDigits: number | undefined;
  /** `t`, that is `Z` instead of an offset of nothing. */
  readonly traditional: boolean;
  /** How many digits it has in a text that is read: set where another number follows at once. */
  digits: number | undefined;
}

/** Text that stands for itself. */
export interface Literal {
  readonly kind: 'literal';
  readonly text: string;
}

/** A part of a picture. */
export type Part = Literal | Marker;

/** The components there are, and what is asked of each where the picture does not say. */
const defaultPresentation = new Map(
  Object.entries({
    ...{ Y: '1', M: '1', D: '1', d: '1', F: 'n', W: '1', w: '1', X: '1', x: '1' },
    ...{ H: '1', h: '1', P: 'n', m: '01', s: '01', f: '1', Z: '01:01', z: '01:01', C: 'n', E: 'n' },
  }),
);

const widthOf = (text: string | undefined): number | undefined => {
  const width = Number.parseInt(text ?? '', 10);
  return Number.isNaN(width) ? undefined : width;
};

/** The width modifier `,min-max`; `*` and nothing stand for no bound. */
const splitWidth = (marker: string): { presentation: string; min: number | undefined; max: number | undefined } => {
  const comma = marker.lastIndexOf(',');
  if (comma < 0) return { presentation: marker.slice(1), min: undefined, max: undefined };
  const [min, ...max] = marker.slice(comma + 1).split('-', 2);
  return { presentation: marker.slice(1, comma), min: widthOf(min), max: widthOf(max[0]) };
};

const nameCaseOf = (presentation: string): NameCase | undefined => {
  if (presentation.startsWith('n')) return 'lower';
  if (!presentation.startsWith('N')) return undefined;
  return presentation.startsWith('Nn') ? 'title' : 'upper';
};

const withDigits = (picture: IntegerPicture, mandatory: number): IntegerPicture =>
  picture.kind === 'decimal' ? { ...picture, mandatory } : picture;

/** How a number is written: at least `min` wide, and of a year only `max` digits. */
const integerOf = (
  component: string,
  pattern: string,
  { min, max }: { min: number | undefined; max: number | undefined },
  meter: Meter,
): Pick<Marker, 'integer' | 'yearDigits'> => {
  let integer = readIntegerPicture(pattern, meter);
  if (integer.kind === 'decimal' && min !== undefined && integer.mandatory < min) integer = withDigits(integer, min);
  if (component !== 'Y') return { integer, yearDigits: undefined };
  if (max !== undefined) return { integer: withDigits(integer, max), yearDigits: max };
  const shown = integer.kind === 'decimal' ? integer.mandatory + integer.optional : 0;
  return { integer, yearDigits: shown >= 2 ? shown : undefined };
};

/** A marker without its brackets and white space. Errors: D3131, D3132. */
const readMarker = (text: string, meter: Meter): Marker => {
  const component = text.charAt(0);
  const byDefault = defaultPresentation.get(component);
  if (byDefault === undefined) return raise('D3132', `${component} is no component of a date`, component);
  const { presentation, ...width } = splitWidth(text);
  const modifier = presentation.length > 1 && 'atco'.includes(presentation.slice(-1)) ? presentation.slice(-1) : '';
  const first = modifier === '' ? presentation || byDefault : presentation.slice(0, -1);
  const names = nameCaseOf(first);
  const isZone = component === 'Z' || component === 'z';
  let number: Pick<Marker, 'integer' | 'yearDigits'> = { integer: undefined, yearDigits: undefined };
  if (isZone) number = { ...number, integer: readIntegerPicture(first, meter) };
  else if (names === undefined && isField(component))
    number = integerOf(component, modifier === '' ? first : `${first};${modifier}`, width, meter);
  const traditional = modifier === 't';
  return { kind: 'marker', component, names, ...number, maxWidth: width.max, traditional, digits: undefined };
};

/** Reads a picture. Errors: D3131, D3132; D3135 for a bracket that is not closed. */
export const readDatePicture = (picture: string, meter: Meter): Part[] => {
  meter.text(picture.length);
  meter.burn(picture.length);
  const parts: Part[] = [];
  const literal = (start: number, end: number): void => {
    if (end > start) parts.push({ kind: 'literal', text: picture.slice(start, end).replaceAll(']]', ']') });
  };
  let start = 0;
  for (let at = picture.indexOf('['); at >= 0; at = picture.indexOf('[', start)) {
    meter.burn(24);
    literal(start, at);
    if (picture.charAt(at + 1) === '[') {
      parts.push({ kind: 'literal', text: '[' });
      start = at + 2;
      continue;
    }
    const end = picture.indexOf(']', at);
    if (end < 0) return raise('D3135', 'a bracket of the picture is not closed');
    const marker = readMarker(picture.slice(at + 1, end).replaceAll(/\s/g, ''), meter);
    const before = parts.at(-1);
    // Of two numbers that touch, the first has as many digits as it asks for, or nobody could tell where it ends.
    if (marker.integer && marker.component.toLowerCase() !== 'z' && before?.kind === 'marker')
      before.digits = before.integer?.kind === 'decimal' ? before.integer.mandatory : undefined;
    parts.push(marker);
    start = end + 1;
  }
  literal(start, picture.length);
  return parts;
};

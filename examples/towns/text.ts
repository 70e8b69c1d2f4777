const numbers = new Intl.NumberFormat('en');
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const countries = new Intl.DisplayNames(['en'], { type: 'region' });

/** `130,377`. */
export const count = (value: number): string => numbers.format(value);

/** `4.8`. */
export const decimal = (value: number): string => oneDigit.format(value);

/** `3.04 billion`, `46.6 million`. */
export function people(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} billion`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} million`;
  return count(value);
}

/** The English name of a country's code, as the ICU data in Node has it. */
export const countryName = (code: string): string => countries.of(code) ?? code;

/** Text for HTML and SVG. */
export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Coordinates with one digit: a tenth of a unit cannot be seen, and the page stays small. */
export const round = (value: number): string => String(Math.round(value * 10) / 10);

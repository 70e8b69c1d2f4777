/** Reads the numbers out of the report as a reader's eyes would: from the page's text, its tables and the lengths of its bars. */

const value = (html: string): number => {
  const found = /<data[^>]* value="([^"]+)"/.exec(html)?.[1];
  if (found === undefined) throw new Error(`no value in ${html.slice(0, 100)}`);
  return Number(found);
};

/** What a person reads: the text between the tags, without separators of thousands. */
const shown = (html: string): number => Number(html.replaceAll(/<[^>]+>|,/g, '').replace(/[^\d.].*$/s, ''));

const between = (html: string, from: string, to: string): string => {
  const start = html.indexOf(from);
  if (start < 0) throw new Error(`the page has no ${from}`);
  return html.slice(start, html.indexOf(to, start));
};

/** A key figure. */
export const figure = (page: string, id: string): number => value(between(page, `<data id="${id}"`, '</data>'));

/** Rows of a table, by section. Each row's attribute names what it is about. */
export function rows(page: string, section: string, attribute: string) {
  const body = between(page, `id="${section}"`, '</table>');
  return [...body.matchAll(new RegExp(`<tr data-${attribute}="([^"]+)">(.*?)</tr>`, 'gs'))].map((match) => {
    const numbers = [...(match[2] ?? '').matchAll(/<data value="[^"]+">[^<]*<\/data>/g)].map(([html]) => ({
      value: value(html),
      shown: shown(html),
    }));
    return { key: match[1] ?? '', text: (match[2] ?? '').replaceAll(/<[^>]+>/g, ' '), numbers };
  });
}

/** The bars or columns of a drawing: name, number and the rectangle's length. */
export function bars(page: string, kind: 'bars' | 'columns') {
  const drawing = between(page, `<svg class="${kind}"`, '</svg>');
  const length = kind === 'bars' ? 'width' : 'height';
  return [...drawing.matchAll(/<g data-(?:country|class)="([^"]+)">(.*?)<\/g>/gs)].map(([, key = '', group = '']) => ({
    key,
    number: shown(/<text class="value"[^>]*>([^<]+)/.exec(group)?.[1] ?? ''),
    length: Number(new RegExp(`<rect[^>]* ${length}="([^"]+)"`).exec(group)?.[1]),
  }));
}

/** How many lights the map has, by class. */
export const lights = (page: string): readonly number[] =>
  [...page.matchAll(/<path class="light-\d" [^>]*d="([^"]*)"/g)].map(([, path = '']) => path.split('h0').length - 1);

/** Everything that a page could load or link to. */
export const references = (page: string): readonly string[] =>
  [...page.matchAll(/(?:src|href|url\(|@import|<script|<link|<img|<iframe)[^>;)]*/g)].map(([text]) => text);

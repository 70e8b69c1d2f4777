/** Texts (docs.jsonata.org, "String functions"). Characters are code points where they are counted. */
import { fromBase64, toBase64 } from '#engine/expression/base64';
import { raise } from '#engine/jsonata/error';
import { define, defineOf, type Library } from '#engine/jsonata/library/define';
import { firstMatch, type Match } from '#engine/jsonata/library/matches';
import type { Meter } from '#engine/jsonata/meter';
import { apply } from '#engine/jsonata/values/call';
import { toText } from '#engine/jsonata/values/convert';
import { type Frame, type Machine, Sequence, type Value } from '#engine/jsonata/values/value';

const characters = (text: string, meter: Meter): readonly string[] => {
  meter.items(text.length);
  return [...text];
};

const count = (text: string, meter: Meter): number => {
  meter.text(text.length);
  // Two units that belong together are one character.
  let length = text.length;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) {
      length--;
      i++;
    }
  }
  return length;
};

const substring = (text: string, from: number, length: number | undefined, meter: Meter): string => {
  const all = characters(text, meter);
  const start = all.length + from < 0 ? 0 : from;
  if (length === undefined) return all.slice(start).join('');
  if (length <= 0) return '';
  return all.slice(start, start >= 0 ? start + length : all.length + start + length).join('');
};

const before = (text: string, mark: string): string => {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
};

const after = (text: string, mark: string): string => {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(at + mark.length);
};

const trim = (text: string): string => {
  const single = text.replace(/[ \t\n\r]+/g, ' ');
  return single.slice(single.startsWith(' ') ? 1 : 0, single.length > 1 && single.endsWith(' ') ? -1 : undefined);
};

const pad = (text: string, width: number, fill: string | undefined, meter: Meter): string => {
  const wanted = Math.trunc(width);
  const missing = Math.abs(wanted) - count(text, meter);
  if (!(missing > 0)) return text;
  const unit = fill === undefined || fill === '' ? ' ' : fill;
  meter.text(missing);
  const units = [...unit];
  let padding = units.length === 1 ? unit.repeat(missing) : unit.repeat(Math.floor(missing / units.length));
  if (units.length > 1) padding += units.slice(0, missing % units.length).join('');
  meter.text(padding.length);
  return wanted > 0 ? text + padding : padding + text;
};

/** A limit of how many; nothing is no limit. */
const limitOf = (limit: Value, code: string, which: string): number => {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if ((limit as number) < 0) raise(code, `${which} function must evaluate to a positive number`);
  return limit as number;
};

/** What of a text a pattern matches, at most `limit` times. */
function* matchesOf(
  pattern: Value,
  text: string,
  limit: number,
  machine: Machine,
  frame: Frame,
): Generator<Match, void, void> {
  let found = limit > 0 ? firstMatch(pattern, text, machine, frame) : undefined;
  for (let n = 0; found !== undefined && n < limit; n++) {
    yield found;
    found = found.next();
  }
}

const matchAll = (text: string, pattern: Value, limit: number, machine: Machine, frame: Frame): Value => {
  const all = new Sequence();
  for (const { match, start, groups } of matchesOf(pattern, text, limit, machine, frame)) {
    machine.meter.burn(32 + 2 * groups.length);
    all.push({ match, index: start, groups });
  }
  return all;
};

const contains = (text: string, pattern: Value, machine: Machine, frame: Frame): boolean => {
  if (typeof pattern !== 'string') return firstMatch(pattern, text, machine, frame) !== undefined;
  machine.meter.text(text.length);
  return text.includes(pattern);
};

const split = (text: string, separator: Value, limit: number, machine: Machine, frame: Frame): Value => {
  const pieces: string[] = [];
  if (limit <= 0) return pieces;
  if (typeof separator === 'string') {
    machine.meter.text(text.length);
    const all = text.split(separator, limit === Number.POSITIVE_INFINITY ? undefined : limit);
    machine.meter.items(all.length);
    return all;
  }
  let start = 0;
  let n = 0;
  for (const match of matchesOf(separator, text, limit, machine, frame)) {
    pieces.push(text.slice(start, match.start));
    start = match.end;
    n++;
  }
  if (n < limit) pieces.push(text.slice(start));
  machine.meter.items(pieces.length);
  return pieces;
};

/** The text that stands for a match: `$0` is all of it, `$1` its first group, `$$` a dollar. */
const substitute = (template: string, { match, groups }: Match, meter: Meter): string => {
  meter.burn(2 * template.length + (template.length >> 1));
  let out = '';
  let at = 0;
  for (let dollar = template.indexOf('$'); dollar >= 0; dollar = template.indexOf('$', at)) {
    out += template.slice(at, dollar);
    at = dollar + 1;
    const next = template[at];
    if (next === '$' || next === '0') {
      out += next === '$' ? '$' : match;
      at++;
      continue;
    }
    const number = groupNumber(template, at, groups.length);
    if (number === undefined) {
      out += '$';
      continue;
    }
    out += (groups[number - 1] as string | undefined) ?? '';
    at += String(number).length;
  }
  return out + template.slice(at);
};

/** The number of a group at `at`: as many digits as the number of groups has, one fewer where that is no group. */
const groupNumber = (template: string, at: number, groups: number): number | undefined => {
  const most = groups === 0 ? 1 : String(groups).length;
  let number = Number.parseInt(template.slice(at, at + most), 10);
  if (most > 1 && number > groups) number = Number.parseInt(template.slice(at, at + most - 1), 10);
  return Number.isNaN(number) ? undefined : number;
};

const replace = (
  text: string,
  pattern: Value,
  replacement: Value,
  limit: number,
  machine: Machine,
  frame: Frame,
): string => {
  const { meter } = machine;
  meter.text(text.length);
  const parts: string[] = [];
  let length = 0;
  let start = 0;
  const add = (part: string): void => {
    parts.push(part);
    length += part.length;
    if (length > meter.bounds.size) meter.tooLarge(`a text of more than ${length} characters`);
  };
  const insert = (value: Value, from: number, to: number): void => {
    add(text.slice(start, from));
    add(
      typeof value === 'string'
        ? value
        : raise('D3012', 'Attempted to replace a matched string with a non-string value'),
    );
    start = to;
    meter.burn(8);
  };
  if (typeof pattern === 'string') {
    let at = text.indexOf(pattern);
    for (let n = 0; at >= 0 && n < limit; n++) {
      insert(replacement, at, at + pattern.length);
      at = text.indexOf(pattern, start);
    }
  } else
    for (const match of matchesOf(pattern, text, limit, machine, frame)) {
      const value =
        typeof replacement === 'string'
          ? substitute(replacement, match, meter)
          : apply(replacement, [match.shown()], null, frame, machine);
      insert(value, match.start, match.start + match.match.length);
    }
  add(text.slice(start));
  meter.text(length);
  return parts.join('');
};

const join = (items: readonly string[], separator: string, meter: Meter): string => {
  let length = separator.length * Math.max(0, items.length - 1);
  for (const item of items) length += item.length;
  meter.items(items.length);
  meter.text(length);
  return items.join(separator);
};

/** The low byte of each UTF-16 unit. */
const bytesOf = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

/** How many bytes are made text at once: one by one, each would be an object. */
const chunk = 4096;

const decodeBase64 = (text: string): string => {
  const bytes = fromBase64(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) parts.push(String.fromCharCode(...bytes.subarray(at, at + chunk)));
  return parts.join('');
};

/** Of a text that is there. */
const ofText = (name: string, signature: string, work: (text: string) => Value) =>
  defineOf(name, signature, 1, ([text], machine) => {
    machine.meter.text((text as string).length);
    return work(text as string);
  });

const ofUrl = (name: string, work: (text: string) => string) =>
  ofText(name, '<s-:s>', (text) => {
    try {
      return work(text);
    } catch {
      return raise('D3140', `Malformed URL passed to $${name}(): ${JSON.stringify(text)}`);
    }
  });

const marked = (name: string, work: (text: string, mark: string) => string) =>
  defineOf(name, '<s-s:s>', 2, ([text, mark], machine) => {
    machine.meter.text((text as string).length);
    return work(text as string, String(mark));
  });

/** Their names and what they do. */
export const stringLibrary: Library = [
  defineOf('string', '<x-b?:s>', 1, ([value, pretty], machine) =>
    toText(value as Exclude<Value, undefined>, machine.meter, pretty === true),
  ),
  defineOf('substring', '<s-nn?:s>', 3, ([text, from, length], machine) =>
    // From nowhere on is all of it; so many from nowhere is none.
    substring(text as string, (from as number | undefined) ?? Number.NaN, length as number | undefined, machine.meter),
  ),
  marked('substringBefore', before),
  marked('substringAfter', after),
  ofText('lowercase', '<s-:s>', (text) => text.toLowerCase()),
  ofText('uppercase', '<s-:s>', (text) => text.toUpperCase()),
  defineOf('length', '<s-:n>', 1, ([text], machine) => count(text as string, machine.meter)),
  ofText('trim', '<s-:s>', trim),
  defineOf('pad', '<s-ns?:s>', 3, ([text, width, fill], machine) =>
    pad(text as string, width as number, fill as string | undefined, machine.meter),
  ),
  defineOf('match', '<s-f<s:o>n?:a<o>>', 3, ([text, pattern, limit], machine, _input, frame) =>
    matchAll(text as string, pattern, limitOf(limit, 'D3040', 'Third argument of match'), machine, frame),
  ),
  defineOf('contains', '<s-(sf):b>', 2, ([text, pattern], machine, _input, frame) =>
    pattern === undefined ? undefined : contains(text as string, pattern, machine, frame),
  ),
  defineOf('replace', '<s-(sf)(sf)n?:s>', 4, ([text, pattern, replacement, limit], machine, _input, frame) => {
    if (pattern === '') raise('D3010', 'Second argument of replace function cannot be an empty string');
    return replace(
      text as string,
      pattern,
      replacement,
      limitOf(limit, 'D3011', 'Fourth argument of replace'),
      machine,
      frame,
    );
  }),
  defineOf('split', '<s-(sf)n?:a<s>>', 3, ([text, separator, limit], machine, _input, frame) =>
    split(text as string, separator, limitOf(limit, 'D3020', 'Third argument of split'), machine, frame),
  ),
  defineOf('join', '<a<s>s?:s>', 2, ([items, separator], machine) =>
    join(items as readonly string[], (separator as string | undefined) ?? '', machine.meter),
  ),
  defineOf('base64encode', '<s-:s>', 1, ([text], machine) => {
    machine.meter.burn(2 * (text as string).length);
    return toBase64(bytesOf(text as string));
  }),
  defineOf('base64decode', '<s-:s>', 1, ([text], machine) => {
    machine.meter.burn(2 * (text as string).length);
    return decodeBase64(text as string);
  }),
  ofUrl('encodeUrlComponent', encodeURIComponent),
  ofUrl('encodeUrl', encodeURI),
  ofUrl('decodeUrlComponent', decodeURIComponent),
  ofUrl('decodeUrl', decodeURI),
  define('error', '<s?:x>', 1, ([message]) => raise('D3137', (message as string) || '$error() function evaluated')),
  define('assert', '<bs?:x>', 2, ([condition, message]) =>
    condition === true ? undefined : raise('D3141', (message as string) || '$assert() statement failed'),
  ),
];

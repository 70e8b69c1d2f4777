import { into } from '#engine/chart/problems';

interface Level {
  /** The names seen, in an object; undefined in an array. */
  readonly names: Set<string> | undefined;
  readonly pointer: string;
  /** The member or item being read. */
  key: string | number;
}

/**
 * Pointers to members that a JSON text gives twice in one object. `JSON.parse` keeps the last of them in silence, and a state would be lost.
 * The text has been parsed: only its shape is looked at.
 */
export const duplicateKeys = (text: string): readonly string[] => {
  const found: string[] = [];
  const levels: Level[] = [];
  let key: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    const level = levels.at(-1);
    if (char === '"') {
      const end = closingQuote(text, i);
      key = text.slice(i, end + 1);
      i = end;
    } else if (char === ':' && level?.names !== undefined && key !== undefined) {
      const name = JSON.parse(key) as string;
      if (level.names.has(name)) found.push(into(level.pointer, name));
      level.names.add(name);
      level.key = name;
    } else if (char === '{' || char === '[') {
      const pointer = level === undefined ? '' : into(level.pointer, level.key);
      levels.push({ names: char === '{' ? new Set() : undefined, pointer, key: 0 });
    } else if (char === '}' || char === ']') levels.pop();
    else if (char === ',' && level !== undefined && typeof level.key === 'number') level.key++;
  }
  return found;
};

const closingQuote = (text: string, open: number): number => {
  let i = open + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
};

/** The nearest of some names to one that is none of them, as "did you mean …?"; undefined where none is near. */
export const didYouMean = (wrong: string, names: Iterable<string>): string | undefined => {
  // Of one letter any other is as near.
  const most = Math.min(Math.max(1, Math.floor(wrong.length / 3)), wrong.length - 1);
  let best: string | undefined;
  let least = most + 1;
  for (const name of names) {
    if (Math.abs(name.length - wrong.length) >= least) continue;
    const distance = name.toLowerCase() === wrong.toLowerCase() ? 0 : editDistance(wrong, name, least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best === undefined ? undefined : `did you mean '${best}'?`;
};

/** The most names that a suggestion lists. */
const mostListed = 5;

/** The states there are, where no one of them is like what was written. */
export const listed = (names: readonly string[]): string | undefined => {
  const shown = names.slice(0, mostListed).map((name) => `'${name}'`);
  if (shown.length === 0) return undefined;
  const more = names.length - shown.length;
  return `the states are ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** Edits (insert, delete, replace, swap of neighbours) from one text to another; stops counting at `enough`. */
const editDistance = (a: string, b: string, enough: number): number => {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] as number) + 1);
      row.push(cost);
    }
    if (Math.min(...row) >= enough) return enough;
    [before, above] = [above, row];
  }
  return above[b.length] as number;
};

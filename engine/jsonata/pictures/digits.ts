/** Digits and the separators among them, the same for numbers and for integers (XPath F&O 3.1, 4.6.1 and 4.7.4). */

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The interval at which separators stand at `positions`, counted in digits from the right; 0 where no interval meets them all and only them. */
export const groupInterval = (positions: readonly number[]): number => {
  const interval = positions.reduce((a, b) => divisor(a, b), 0);
  const at = new Set(positions);
  return positions.length > 0 && positions.every((_, i) => at.has((i + 1) * interval)) ? interval : 0;
};

/** All digits of a whole number that is not negative: from 1e21 on its own text has an exponent. */
export const wholeDigits = (value: number): string => (value < 1e21 ? String(value) : String(BigInt(value)));

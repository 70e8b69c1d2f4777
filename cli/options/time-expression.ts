import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a relative time expression in milliseconds: `+30s`, `+1m30s`, `+500ms`, with or without the sign. Zero is refused: a window of 0
 * would take every worker for dead.
 */
export function timeExpression(text: string): number {
  const parts = /^\+?((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)$/.exec(text.trim())?.[1];
  const ms = parts === undefined ? 0 : total(parts);
  if (!Number.isFinite(ms) || ms < 1) {
    throw new InvalidArgumentError(
      'Write a time expression above zero: "+30s", "+1m30s", "+500ms" (units ms, s, m, h, d).',
    );
  }
  return ms;
}

function total(parts: string): number {
  let ms = 0;
  for (const [, amount, unit] of parts.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    ms += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return Math.round(ms);
}

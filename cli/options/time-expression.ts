import { InvalidArgumentError } from 'commander';
import { parseTimeExpression, TimeExpressionError } from '#engine/time-expression';

/**
 * Reads a relative time expression in milliseconds, as charts and configuration do: `+30s`, `+1m30s`, `+10y`; here the sign may be left out.
 * Zero is refused: a window of 0 would take every worker for dead.
 */
export function timeExpression(text: string): number {
  try {
    return parseTimeExpression(/^[+-]/.test(text) ? text : `+${text}`);
  } catch (error) {
    // Told of what was typed, not of what it was read as.
    if (error instanceof TimeExpressionError)
      throw new InvalidArgumentError(new TimeExpressionError(text, error.reason).message);
    throw error;
  }
}

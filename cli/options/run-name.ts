import { InvalidArgumentError } from 'commander';

/** The name of a run, `<chart>:<name>`. Without its colon no server could know it. */
export function runName(text: string): string {
  if (!text.includes(':')) {
    throw new InvalidArgumentError('A run is <chart>:<name>, such as report:monday. "flowbeat runs list" shows them.');
  }
  return text;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Done after the test, last registered first. */
export const after = (cleanUp: () => Promise<void> | void): void => void cleanUps.push(cleanUp);

/** A path for a state file of this test's own. */
export function stateFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowbeat-sqlite-'));
  after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state.db');
}

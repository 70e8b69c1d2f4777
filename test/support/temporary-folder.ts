import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone when its user is done with it. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'flowbeat-test-'));

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    // A thread that was told to end may still be closing its file.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

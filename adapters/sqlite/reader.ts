import { isBusy, toFlowbeatError } from '#adapters/sqlite/sqlite-errors';

const RETRY_MS = 1;
const PATIENCE_MS = 5_000;

/**
 * Reads. In WAL mode a reader waits for nobody, except while another process recovers the log after a crash or closes the file as its last user: then
 * it is tried again each millisecond.
 */
export class Reader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async read<T>(look: () => T): Promise<Awaited<T>> {
    for (let tries = 0; ; tries++) {
      try {
        return await look();
      } catch (error) {
        if (!isBusy(error) || tries * RETRY_MS > PATIENCE_MS) throw toFlowbeatError(error, this.#file);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

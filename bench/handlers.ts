/** Handlers of the worker processes that are measured. */
import { setTimeout as pause } from 'node:timers/promises';

interface Context {
  readonly signal: AbortSignal;
  checkpoint(data: unknown): Promise<void>;
  checkpointed(): Promise<unknown>;
}

const LONG_MS = 600_000;

/** The machine's monotonic clock in milliseconds: the same in every process. */
const machineMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000;

export default {
  /** Returns at once. */
  work: (input: { readonly n: number }) => ({ n: input.n + 1, ok: true }),

  /** Never ends where it is begun; whoever takes it over ends it at once. */
  async hold(_input: unknown, { signal, checkpoint, checkpointed }: Context) {
    if ((await checkpointed()) !== undefined) return { ok: true };
    await checkpoint({ begun: true });
    await pause(LONG_MS, undefined, { signal });
    return { ok: false };
  },

  /** Two activities for two processes, which tell when they were called. */
  ping: (input: { readonly at: readonly number[] }) => ({ at: [...input.at, machineMs()] }),
  pong: (input: { readonly at: readonly number[] }) => ({ at: [...input.at, machineMs()] }),
};

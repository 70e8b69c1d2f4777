/**
 * What the actions of these tests do. Each leaves a line in the journal of the folder that it runs in, so that a test sees what was
 * really done, however often and by whom, whatever the store says.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActivityContext, defineActivities } from 'flowbeat/worker';

interface Task {
  readonly name?: string;
  readonly ms?: number;
  readonly steps?: number;
}

const note = (what: string, { idempotencyKey, attempt, state, run }: ActivityContext, more: object = {}) =>
  appendFileSync(
    'journal.jsonl',
    `${JSON.stringify({ what, at: Date.now(), state, run, key: idempotencyKey, attempt, pid: process.pid, ...more })}\n`,
  );

/** Waits until the test makes a file of that name. */
async function gate(name: string, signal?: AbortSignal): Promise<void> {
  while (!existsSync(`open-${name}`)) await sleep(10, undefined, { signal });
}

export default defineActivities({
  /** Done at once. */
  note: ({ name = 'note' }: Task, ctx) => {
    note('done', ctx, { name });
    return { name };
  },

  /** Runs until the test opens its gate. */
  hold: async ({ name = 'hold' }: Task, ctx) => {
    note('began', ctx, { name });
    try {
      await gate(name, ctx.signal);
    } catch (error) {
      note('aborted', ctx, { name });
      throw error;
    }
    note('done', ctx, { name });
    return { name };
  },

  /** Hears that it is to stop, and goes on all the same until its own gate or that of everybody opens. */
  deaf: async ({ name = 'deaf' }: Task, ctx) => {
    note('began', ctx, { name });
    ctx.signal.addEventListener('abort', () => note('aborted', ctx, { name }));
    await Promise.race([gate(name), gate(`${name}-${process.pid}`)]);
    note('done', ctx, { name });
    return { name, pid: process.pid };
  },

  /** Saves each step; at the last but one it waits for its gate. */
  steps: async ({ name = 'steps', steps = 5 }: Task, ctx) => {
    const from = (await ctx.checkpointed<number>()) ?? 0;
    note('began', ctx, { name, from });
    for (let step = from + 1; step <= steps; step++) {
      if (step === steps) await gate(name, ctx.signal);
      note('step', ctx, { name, step });
      await ctx.checkpoint(step);
    }
    return { name, steps };
  },

  /** Keeps its thread busy, so that nothing else in its process moves. */
  block: ({ ms = 1000 }: Task, ctx) => {
    note('began', ctx);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    note('done', ctx);
    return null;
  },
});

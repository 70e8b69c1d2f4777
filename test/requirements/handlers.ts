/**
 * What the actions of these tests do. Each leaves a line in the journal of the folder that it runs in, so that a test sees what was
 * really done, however often and by whom, whatever the store says.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActivityContext, defineActivities } from 'flowbeat/worker';

interface Task {
  readonly name?: string;
  readonly steps?: number;
}

const note = (what: string, { idempotencyKey, attempt, state, run }: ActivityContext, more: object = {}) =>
  appendFileSync(
    'journal.jsonl',
    `${JSON.stringify({ what, at: Date.now(), state, run, key: idempotencyKey, attempt, pid: process.pid, ...more })}\n`,
  );

const CELL = new Int32Array(new SharedArrayBuffer(4));

const isOpen = (name: string): boolean => existsSync(`open-${name}`);

/** Waits until the test makes a file of that name. */
async function gate(name: string, signal?: AbortSignal): Promise<void> {
  while (!isOpen(name)) await sleep(10, undefined, { signal });
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

  /** Keeps its thread busy until its gate opens, so that nothing else in its process moves. */
  jam: ({ name = 'jam' }: Task, ctx) => {
    note('began', ctx, { name });
    while (!isOpen(name)) Atomics.wait(CELL, 0, 0, 10);
    note('done', ctx, { name });
    return { name };
  },

  /** Fails at its first attempt. */
  flaky: ({ name = 'flaky' }: Task, ctx) => {
    if (ctx.attempt === 0) throw new Error('not at the first attempt');
    note('done', ctx, { name });
    return { name };
  },

  /** Writes a line to its log. */
  tell: ({ name = 'tell' }: Task, ctx) => {
    ctx.log(`this is ${name}`);
    return { name };
  },
});

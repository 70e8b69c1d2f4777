import { BlobArchive } from '#adapters/s3/blob-archive';
import type { Blobs } from '#ports/blobs';
import type { Surroundings } from '#ports/surroundings';
import { createScheduler } from '#scheduler/create-operations';
import { orderedCommit } from '#scheduler/ordered-commit';

/** How a call fails: `before`: it never arrived; `after`: it was done, and nobody heard of it. */
export type Cut = 'before' | 'after';

/** What is thrown by every call after the cut: its process is no more. */
export class CutOff extends Error {}

/** What can be cut. `blobs`: where the archive is, if there is one. */
export type Cuttable = Surroundings & { readonly blobs?: Blobs };

/**
 * The scheduler of a process that ends at its n-th call to the store, the queue or the blobs (1, 2, 3 …): that call fails as `cut` says, and so does every later
 * one. Commits are composed, so that they are cut after any prefix. `calls` counts.
 */
export function cutAt(s: Cuttable, n: number, cut: Cut) {
  const state = { calls: 0 };
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name, target) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          state.calls++;
          if (state.calls > n || (state.calls === n && cut === 'before')) throw new CutOff(`cut at call ${n}`);
          const answer: unknown = await method.apply(target, args);
          if (state.calls >= n) throw new CutOff(`cut after call ${n}`);
          return answer;
        };
      },
    });
  const store = wrap(s.store);
  const queue = wrap(s.queue);
  const beside = {
    ...(s.runRows && { runRows: wrap(s.runRows) }),
    ...(s.blobs && { archive: new BlobArchive(wrap(s.blobs)) }),
  };
  return { s: createScheduler({ ...s, store, queue, ...beside, commit: orderedCommit(store, queue) }), state };
}

/**
 * Does `work` on a fresh scene, cut at its first call, its second and so on until it comes to its end uncut, before and after each; after each cut
 * `check` looks at what the next ones make of it. Returns how many calls there were.
 */
export async function atEveryCut<Scene extends { readonly s: Cuttable }>(
  fresh: () => Promise<Scene>,
  work: (s: ReturnType<typeof createScheduler>, scene: Scene) => Promise<void>,
  check: (scene: Scene, where: string) => Promise<void>,
): Promise<number> {
  for (let n = 1; ; n++) {
    let ended = true;
    for (const cut of ['before', 'after'] as const) {
      const scene = await fresh();
      const { s, state } = cutAt(scene.s, n, cut);
      try {
        await work(s, scene);
      } catch (error) {
        if (!(error instanceof CutOff)) throw error;
      }
      if (state.calls >= n) ended = false;
      await check(scene, `cut ${cut} call ${n}`);
    }
    if (ended) return n - 1;
  }
}

import type { TestContext } from 'vitest';
import type { Entry, TakeOverDetails } from '#test/support/cluster';

/** Records how long a worker's death went on: from when it failed until another one had begun its action again. */
export async function recordRecovery(
  { annotate }: Pick<TestContext, 'annotate'>,
  how: string,
  failedAt: number,
  { evidence, text }: Pick<TakeOverDetails, 'evidence' | 'text'>,
  again: Entry,
): Promise<void> {
  await annotate(`${how}: begun again after ${again.at - failedAt} ms. Evidence ${evidence}: ${text}`, 'recovery');
}

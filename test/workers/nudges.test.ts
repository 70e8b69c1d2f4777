import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TemporaryFolder } from '#test/support/temporary-folder';
import { joinNudges } from '#workers/nudges';

/** One end of a nudge. */
class End {
  readonly nudged: string[] = [];
  #listener: (queues: ReadonlySet<string>) => void = () => {};
  #wake: (() => void)[] = [];

  onSent(listener: (queues: ReadonlySet<string>) => void): void {
    this.#listener = listener;
  }
  nudge(queues: Iterable<string> = []): void {
    this.nudged.push(...queues);
    for (const wake of this.#wake.splice(0)) wake();
  }
  send(...queues: string[]): void {
    this.#listener(new Set(queues));
  }
  /** Sends until the other end, which may not have been met yet, has heard of it. */
  async until(other: End, queue: string): Promise<void> {
    while (!other.nudged.includes(queue)) {
      const heard = new Promise<void>((resolve) => other.#wake.push(resolve));
      this.send(queue);
      await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }
}

test('who sends tells the others, both ways, and nobody is left behind when it goes', async () => {
  using folder = new TemporaryFolder();
  const file = folder.file('state.db');
  const [a, b] = [new End(), new End()];
  const first = await joinNudges(file, a);
  const second = await joinNudges(file, b);
  await a.until(b, 'reports');
  await b.until(a, 'letters');
  expect(a.nudged).not.toContain('reports');
  expect(readdirSync(`${file}.sockets`)).toHaveLength(2);
  first.close();
  second.close();
  expect(readdirSync(`${file}.sockets`)).toEqual([]);
});

test('a path too long for a socket is no hindrance', async () => {
  using folder = new TemporaryFolder();
  const file = folder.file(`${'long'.repeat(30)}.db`);
  const [a, b] = [new End(), new End()];
  const first = await joinNudges(file, a);
  const second = await joinNudges(file, b);
  await a.until(b, 'reports');
  expect(existsSync(`${file}.sockets`)).toBe(false);
  first.close();
  second.close();
});

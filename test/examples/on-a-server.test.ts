/** What the first lines of the examples tell a person to type, on a server. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json } from '#engine/json';
import { Cluster, until } from '#test/support/cluster';
import { root } from '#test/support/command';

const chart = (name: string): string => join(root, 'examples', `${name}.yaml`);

/** A server with the examples' handlers and some of their charts. */
async function serving(...names: readonly string[]): Promise<Cluster> {
  const cluster = new Cluster(join(root, 'examples', 'handlers.ts'));
  await cluster.serve(...names.flatMap((name) => ['--charts', chart(name)]));
  return cluster;
}

test.each([
  ['hello', { name: 'Ada' }, { greeting: 'Hello, Ada!' }],
  ['parallel', { text: 'to be or not to be' }, { words: 6, letters: 13 }],
  ['retry', { order: 'A-17' }, { because: 'Stock.Empty' }],
  ['exec', { numbers: [3, 1, 2] }, { sum: 6 }],
] as const)('%s: started and watched, it succeeds', async (name, input, output) => {
  await using cluster = await serving(name);
  const { code, stdout } = await cluster.command(
    'runs',
    'start',
    name,
    '--input',
    JSON.stringify(input),
    '--watch',
    '--json',
  );
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { run: { outcome: { output: Json } } };
  expect({ code, output: last.run.outcome.output }).toMatchObject({ code: 0, output });
});

test('callback: the token is in the log, and its answer ends the run', async () => {
  await using cluster = await serving('callback');
  const run = await cluster.start('callback', 'laptop', { item: 'laptop' });
  const token = await until('the question is logged', async () => {
    const { stdout } = await cluster.command('runs', 'show', run, '--log');
    return /Answer with the token (\S+)/.exec(stdout)?.[1];
  });
  const answer = await fetch(`${cluster.url}/v1/tasks:succeed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ taskToken: token, output: { approved: true } }),
  });
  expect(answer.status).toBe(204);
  expect(await cluster.ended(run)).toMatchObject({ status: 'Succeeded', outcome: { output: { ordered: 'laptop' } } });
});

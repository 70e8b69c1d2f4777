import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cluster, type Member, until } from '#test/support/cluster';

const ITEMS = 2_500;

const chart = `
name: people
definition:
  StartAt: Greet everybody
  States:
    Greet everybody:
      Type: Map
      MaxConcurrency: 40
      ItemReader:
        Resource: arn:aws:states:::s3:getObject
        ReaderConfig: { InputType: CSV, CSVHeaderLocation: FIRST_ROW }
        Parameters: { Bucket: data, Key: people.csv }
      ItemProcessor:
        ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: STANDARD }
        StartAt: Note
        States:
          Note: { Type: Task, Resource: 'activity:note', End: true }
      ResultWriter:
        Resource: arn:aws:states:::s3:putObject
        Parameters: { Bucket: data, Prefix: done }
        WriterConfig: { Transformation: COMPACT, OutputType: JSONL }
      End: true
`;

test('a distributed Map reads a file beside the state file, and loses and doubles no result while worker after worker is killed', async () => {
  await using cluster = new Cluster();
  const bucket = join(cluster.folder, 'buckets', 'data');
  mkdirSync(bucket, { recursive: true });
  const names = Array.from({ length: ITEMS }, (_, i) => `person ${i}, "the ${i}th"`);
  writeFileSync(
    join(bucket, 'people.csv'),
    ['name', ...names.map((name) => `"${name.replaceAll('"', '""')}"`), ''].join('\n'),
  );
  await cluster.serve('--no-worker', '--window', '+2s');
  const born = (name: string): Promise<Member> => cluster.worker(name, '--window', '+2s', '--places', '20');
  let alive = [await born('w0'), await born('w1')];
  await cluster.put(chart);
  const run = await cluster.start('people', 'all');
  for (let kills = 1; kills <= 4; kills++) {
    await until(`a part of the items is done`, () => cluster.journal().length > kills * 300);
    const [victim, other] = alive;
    victim!.kill('SIGKILL');
    alive = [other!, await born(`w${kills + 1}`)];
  }
  const { outcome, flowCounts } = await cluster.ended(run);
  expect(outcome).toMatchObject({
    status: 'Succeeded',
    output: { ResultWriterDetails: { Bucket: 'data', Key: expect.stringMatching(/^done\/.*\/manifest\.json$/) } },
  });
  expect(flowCounts).toEqual({ Succeeded: ITEMS + 1 });
  const [id] = readdirSync(join(bucket, 'done'));
  const folder = join(bucket, 'done', id!);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  expect(manifest.ResultFiles.FAILED).toEqual([]);
  const results = (manifest.ResultFiles.SUCCEEDED as { Key: string; Size: number }[]).flatMap(({ Key, Size }) => {
    const text = readFileSync(join(bucket, Key), 'utf8');
    expect(Buffer.byteLength(text)).toBe(Size);
    return text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name);
  });
  expect(results).toEqual(names);
  // Each was greeted; who was greeted by a worker that was killed then perhaps twice, under the same key.
  expect(new Set(cluster.journal().map(({ key }) => key)).size).toBe(ITEMS);
});

/** A distributed Map by the functions as they are deployed: its items and its results are on S3. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openBucket } from '#test/support/emulators/bucket';
import { EventSource } from '#test/support/event-source';
import { FunctionInstallation } from '#test/support/function-installation';

let installation: FunctionInstallation;
let bucket: Awaited<ReturnType<typeof openBucket>>;
let source: EventSource;

beforeAll(async () => {
  installation = await FunctionInstallation.open();
  const { emulators, environment } = installation;
  bucket = await openBucket(emulators);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', emulators.endpoints.s3);
  const { handler } = await import('#functions/advance/handler');
  source = new EventSource(emulators.sqs, emulators.prefix, [
    { name: 'advance', queues: ['_advance', '_control'], handler },
  ]);
});

afterAll(async () => {
  await source[Symbol.asyncDispose]();
  await bucket.close();
  await installation[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  expect(source.errors).toEqual([]);
});

const ITEMS = 60;

test('reads items from S3, tolerates those that fail, and writes the results there', async () => {
  const Body = Array.from({ length: ITEMS }, (_, n) => `${JSON.stringify({ n })}\n`).join('');
  await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: 'in/items.jsonl', Body }));
  const definition = {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 20,
        ToleratedFailureCount: 2,
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSONL' },
          Parameters: { 'Bucket.$': '$.bucket', Key: 'in/items.jsonl' },
        },
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Which',
          States: {
            Which: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 7, Next: 'No' }], Default: 'Yes' },
            No: { Type: 'Fail', Error: 'Seven' },
            Yes: { Type: 'Pass', Parameters: { 'twice.$': 'States.MathAdd($.n, $.n)' }, End: true },
          },
        },
        ResultWriter: {
          Resource: 'arn:aws:states:::s3:putObject',
          Parameters: { 'Bucket.$': '$.bucket', Prefix: 'out' },
          WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSON' },
        },
        End: true,
      },
    },
  };
  await installation.operations.putChart(JSON.stringify({ name: 'each', definition }));
  const input = { bucket: bucket.name };
  const { run } = await installation.operations.startRun({ chart: 'each', name: 'r', input });
  const { outcome } = await installation.ended(run);
  expect(outcome).toMatchObject({ status: 'Succeeded' });
  const { Key } = (outcome as unknown as { output: { ResultWriterDetails: { Key: string } } }).output
    .ResultWriterDetails;
  const read = async (key: string): Promise<unknown> => {
    const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  };
  const { ResultFiles } = (await read(Key)) as { ResultFiles: Record<string, { Key: string }[]> };
  const numbers = Array.from({ length: ITEMS }, (_, n) => n).filter((n) => n !== 7);
  expect(await read(ResultFiles.SUCCEEDED![0]!.Key)).toEqual(numbers.map((n) => ({ twice: 2 * n })));
  expect(await read(ResultFiles.FAILED![0]!.Key)).toMatchObject([{ Error: 'Seven', Input: '{"n":7}' }]);
});

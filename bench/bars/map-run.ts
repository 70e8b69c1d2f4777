import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { bucketsBeside } from '#adapters/items/open';
import { alone, type Bar, compared } from '../bar.ts';
import { residentMb, serve } from '../server.ts';

const LOOK_MS = 200;

const definition = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      MaxConcurrency: 100,
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSONL' },
        Parameters: { Bucket: 'data', Key: 'records.jsonl' },
      },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'One',
        States: { One: { Type: 'Pass', End: true } },
      },
      ResultWriter: {
        Resource: 'arn:aws:states:::s3:putObject',
        Parameters: { Bucket: 'data', Prefix: 'out' },
        WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSONL' },
      },
      End: true,
    },
  },
};

/** Runs the Map over so many records of a file beside the state file: how long it takes, and what the server weighs at each look. */
async function mapOver(folder: string, records: number): Promise<{ readonly seconds: number; readonly mb: number[] }> {
  const file = join(folder, 'map-run', 'state.db');
  const bucket = join(bucketsBeside(file), 'data');
  mkdirSync(bucket, { recursive: true });
  const lines = Readable.from(
    (function* () {
      for (let n = 0; n < records; n++) yield `${JSON.stringify({ n, name: `record ${n}` })}\n`;
    })(),
  );
  await pipeline(lines, createWriteStream(join(bucket, 'records.jsonl')));
  const server = await serve(file);
  const post = (path: string, body: object) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((response) => response.json());
  await post('/v1/charts', { name: 'each', definition });
  const began = performance.now();
  await post('/v1/charts/each/runs', { name: 'r', input: {} });
  const mb: number[] = [];
  for (let status = 'Running'; status === 'Running'; ) {
    await pause(LOOK_MS);
    mb.push(residentMb(server.pid) ?? 0);
    // The list alone: to show the run, its flows are counted.
    const { items } = (await (await fetch(`${server.url}/v1/runs?limit=1`)).json()) as {
      readonly items: readonly { readonly status: string }[];
    };
    status = items[0]?.status ?? 'Running';
    if (status !== 'Running' && status !== 'Succeeded') throw new Error(`the distributed Map ended ${status}`);
  }
  const seconds = (performance.now() - began) / 1_000;
  await server.stop();
  return { seconds, mb };
}

/** What a distributed Map makes of many records, one a child: how many a second, and whether memory grows with them. The floor is what the first quarter
 * weighs, for a heap takes a minute of work to grow to what it stays at. */
export const mapRun: Bar = {
  name: 'map-run',
  async measure({ folder, tiny }) {
    const records = tiny ? 2_000 : 400_000;
    const { seconds, mb } = await mapOver(folder, records);
    const quarter = Math.ceil(mb.length / 4);
    const first = Math.max(...mb.slice(0, quarter));
    const later = Math.max(...mb.slice(quarter), 0);
    return [
      alone(
        'distributed Map',
        'records/s',
        records / seconds,
        undefined,
        `${records} records of a file, a child each, results in files`,
      ),
      compared(
        'distributed Map, memory',
        'MB',
        [{ ours: later, floor: first }],
        { bar: 1.25, is: 'at most' },
        'most that the server weighs after the first quarter of the time, and in it',
      ),
    ];
  },
};

import { expect, test } from 'vitest';
import { BlobArchive } from '#adapters/s3/blob-archive';
import { epoch } from '#engine/time';
import type { ArchiveLine } from '#ports/archive';
import { rootFlow, runId } from '#ports/ids';
import { MemoryBlobs } from '#test/support/memory-blobs';

const RUN = runId('chart', 'r');
const facts = (seq: number, text: string): ArchiveLine => ({
  kind: 'facts',
  flow: rootFlow(RUN),
  seq,
  term: 1,
  facts: [['exited', epoch(1_790_000_000_000), text]],
});
const LINES: readonly ArchiveLine[] = [
  { kind: 'run', format: 1, run: RUN },
  facts(0, 'äöü ✓ 🦊\n"quoted"'),
  facts(1, 'x'.repeat(1_500_000)),
  facts(2, 'behind what fills a part'),
];

async function stored(archive: BlobArchive, lines: readonly ArchiveLine[]): Promise<string | undefined> {
  const draft = archive.begin(RUN);
  for (const line of lines) await draft.add(line);
  return draft.store();
}

async function linesOf(archive: BlobArchive, key: string): Promise<ArchiveLine[]> {
  const lines: ArchiveLine[] = [];
  for await (const line of archive.read(key)) lines.push(line);
  return lines;
}

test('lines come back as they were, and the same lines are the same object', async () => {
  const blobs = new MemoryBlobs();
  const archive = new BlobArchive(blobs);
  const key = await stored(archive, LINES);
  expect(await linesOf(archive, key!)).toEqual(LINES);
  expect(await stored(archive, LINES)).toBe(key);
  expect(await stored(archive, LINES.slice(1))).not.toBe(key);
  expect(blobs.objects.size).toBe(2);
});

test('what was changed, or is gone, is an error', async () => {
  const blobs = new MemoryBlobs();
  const archive = new BlobArchive(blobs);
  const key = (await stored(archive, LINES))!;
  const other = (await stored(archive, LINES.slice(1)))!;
  blobs.objects.set(key, blobs.objects.get(other)!);
  await expect(linesOf(archive, key)).rejects.toMatchObject({
    code: 'ARCHIVE_CORRUPT',
    message: expect.stringContaining('changed'),
  });
  blobs.objects.delete(key);
  await expect(linesOf(archive, key)).rejects.toMatchObject({
    code: 'ARCHIVE_CORRUPT',
    message: expect.stringContaining('not in'),
  });
});

test('an object that is not read back as it was written is not taken for stored', async () => {
  for (const get of [async () => undefined, async () => Buffer.from('half of it')]) {
    const archive = new BlobArchive({ put: async () => {}, get });
    await expect(stored(archive, LINES)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_STORED' });
  }
});

test('what is too large is not stored, however little of it is added after', async () => {
  const blobs = new MemoryBlobs();
  const draft = new BlobArchive(blobs, 1_000_000).begin(RUN);
  expect(await draft.add(LINES[0]!)).toBe(true);
  expect(await draft.add(LINES[2]!)).toBe(false);
  expect(await draft.add(LINES[0]!)).toBe(false);
  expect(await draft.store()).toBeUndefined();
  expect(blobs.objects.size).toBe(0);
});

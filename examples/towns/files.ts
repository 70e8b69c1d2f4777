import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The folder that one run works in. Every worker of a run must see it, so processes on one machine share the current folder. */
export const folderOf = (run: string): string => resolve('.flowbeat', 'examples', run.replaceAll(/[^\w.-]/g, '-'));

/** The names of what a run writes. */
export const files = {
  packet: (folder: string, number: number) => join(folder, 'packets', `${pad(number)}.json`),
  measured: (folder: string, number: number) => join(folder, 'measured', `${pad(number)}.json`),
  index: (folder: string) => join(folder, 'index.bin'),
  summary: (folder: string) => join(folder, 'summary.json'),
  drawing: (folder: string, name: 'map' | 'charts') => join(folder, `${name}.html`),
  page: (folder: string) => join(folder, 'report.html'),
};

const pad = (number: number): string => String(number).padStart(2, '0');

/**
 * Writes a file so that it is there whole or not at all. An action may be repeated, even while an earlier attempt still writes: each
 * writes a file of its own, and the last rename wins with the same content. That is this example's idempotency.
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, file);
}

/** Reads a JSON file that an earlier action wrote. */
export const readJson = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T;

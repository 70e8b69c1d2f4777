import { existsSync, readdirSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadHandlers } from '#actions/handlers/load-handlers';
import { tellMissingHandlers } from '#embedded/missing-handlers';
import type { ServeOptions } from '#embedded/options';
import { putChartFile } from '#embedded/put-chart-file';
import type { Embedded } from '#embedded/start-embedded';
import type { Announce } from '#workers/announce';

/** Editors write a file in several steps. */
const SETTLE_MS = 150;

/**
 * `dev`: stores charts and loads handlers again when their files change. A mistake in them is told and changes nothing. Folders are watched, not files,
 * because editors replace files; of handlers also the folders right below, where what they import mostly lies.
 */
export function reloadOnChange(server: Embedded, options: ServeOptions, announce: Announce): void {
  const charts = options.charts.map((path) => resolve(path));
  const handlers = options.handlers.map((path) => resolve(path));
  const told = (work: () => Promise<void>, consequence: string) => async () => {
    try {
      await work();
    } catch (error) {
      const errors =
        (error as { fields?: { errors?: readonly { pointer?: string; message: string }[] } }).fields?.errors ?? [];
      const lines = errors
        .map(({ pointer, message }) => `\n  ${pointer || '(the whole document)'}: ${message}`)
        .join('');
      const { message } = error as Error;
      announce('reloadFailed', `${message}${lines}\n${consequence}`, { message, errors });
    }
  };
  for (const path of charts) {
    const reload = settled(
      told(async () => {
        const chart = await putChartFile(server, path, announce);
        if (options.worker) tellMissingHandlers(chart, server.activities, announce);
      }, 'The version stored before stays.'),
    );
    onChange(dirname(path), (name) => join(dirname(path), name) === path && reload());
  }
  if (handlers.length === 0 || !options.worker) return;
  const reload = settled(
    told(async () => {
      server.setHandlers(await Promise.all(handlers.map((path) => loadHandlers(path, { fresh: true }))));
      announce('handlers', 'The handlers were loaded again; actions that run finish with the old ones.');
    }, 'The handlers loaded before stay.'),
  );
  for (const folder of new Set(handlers.flatMap((path) => withSubfolders(dirname(path))))) {
    onChange(folder, (name) => /\.[cm]?[jt]s$/.test(name) && reload());
  }
}

function onChange(folder: string, then: (name: string) => void): void {
  if (!existsSync(folder)) return;
  const watcher = watch(folder, (_, name) => {
    if (name !== null) then(name);
  });
  watcher.on('error', () => {});
  watcher.unref();
}

function withSubfolders(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name));
  return [folder, ...below];
}

function settled(work: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, SETTLE_MS);
  };
}

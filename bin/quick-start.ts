/**
 * `npm start [-- --once]`: a server with the examples, the main one run to its end before your eyes. It serves on until Ctrl-C; with `--once` it ends with
 * the run, exit code 0 where that succeeded. What shows the run is the command line itself, over the API.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launchers } from '#cli/launchers';
import { main } from '#cli/main';
import { processTerminal } from '#cli/terminal';
import { serveExamples } from '#embedded/quick-start';
import { announceTo, announcingTelemetry } from '#workers/announce';
import { exitSoon, onStopSignals } from '#workers/stop-signals';

const MAIN_EXAMPLE = 'world-towns';
const PORT = 7420;
const DRAIN_MS = 3_000;

const once = process.argv.includes('--once');
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const folder = fileURLToPath(new URL('../examples', import.meta.url));
const file = resolve('.flowbeat/state.db');
const say = (...lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`);

try {
  const server = await serveExamples({
    folder,
    file,
    // One that ends at once takes no port that somebody may wait for.
    port: once ? 0 : PORT,
    version,
    telemetry: announcingTelemetry(announceTo(false)),
  });
  const signals = onStopSignals(
    () => void server.stop(DRAIN_MS).then(() => exitSoon(once ? 130 : 0)),
    () => exitSoon(130),
  );
  say(`Flowbeat ${version} serves ${server.url}; its whole state is in ${shown(file)}.`, '');
  const terminal = { ...processTerminal(), env: { ...process.env, FLOWBEAT_SERVER: server.url } };
  const code = await main(['runs', 'start', MAIN_EXAMPLE, '--input', '{}', '--watch'], noLaunchers(), terminal);
  if (code === 0) await tellResult(server, once ? undefined : serverOption(server.url));
  if (once && code !== 130) {
    signals.release();
    await server.stop(DRAIN_MS);
    exitSoon(code);
  } else if (code !== 130) tellNext(server.url);
} catch (error) {
  process.stderr.write(
    `${(error as { kind?: string }).kind === 'rejected' ? (error as Error).message : (error as Error).stack}\n`,
  );
  exitSoon(2);
}

/** `option`: what the command line needs to find this server; undefined where it will not be there any more. */
async function tellResult(
  server: Awaited<ReturnType<typeof serveExamples>>,
  option: string | undefined,
): Promise<void> {
  const { items } = await server.operations.listRuns({ chart: MAIN_EXAMPLE, limit: 1 });
  const [newest] = items;
  if (!newest) return;
  const { outcome } = await server.operations.showRun(newest.run);
  const output = outcome?.status === 'Succeeded' ? (outcome.output as { page?: string } | null) : null;
  say(
    '',
    `The report:     ${output?.page && existsSync(output.page) ? shown(output.page) : '(see the run)'}  (open it in a browser)`,
  );
  const look = `npx flowbeat runs history ${newest.run}${option ?? ''}`;
  const before =
    option === undefined ? [`  first, in another terminal: npx flowbeat serve --no-worker --file ${shown(file)}`] : [];
  say(`The run:        ${look}`, ...before, `The state file: ${shown(file)}`);
}

function tellNext(url: string): void {
  const server = serverOption(url);
  say(
    '',
    'It goes on serving. In another terminal:',
    `  npx flowbeat runs start hello --input '{"name":"Ada"}' --watch${server}`,
    `  npx flowbeat charts list${server}        (the other examples)`,
    `  npx flowbeat runs list${server}`,
    '  npx flowbeat demo failover       (kill a worker and see its run go on)',
    'Ctrl-C stops.',
  );
}

function serverOption(url: string): string {
  return url.endsWith(`:${PORT}`) ? '' : ` --server ${url}`;
}

function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}

/** The command line is only asked to start and watch a run. */
function noLaunchers(): Launchers {
  const none = () => Promise.reject(new Error('not part of the quick start'));
  return { version, command: [], serve: none, worker: none, demo: none };
}

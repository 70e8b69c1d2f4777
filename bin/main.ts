/** The command `flowbeat`: hands the command line what it may not import. Server, worker and demo are loaded when they are asked for. */
import { readFileSync } from 'node:fs';
import type { Launchers } from '#cli/launchers';
import { main } from '#cli/main';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Named by a variable, so that the command line works (and is checked) where the server is not there yet. */
const launch = '#embedded/launch';
const loaded = (): Promise<Omit<Launchers, 'version'>> => import(launch);

process.exitCode = await main(process.argv.slice(2), {
  version,
  serve: async (options) => (await loaded()).serve(options),
  worker: async (options) => (await loaded()).worker(options),
  demo: async (options) => (await loaded()).demo(options),
});

/** The command `flowbeat`: hands the command line what it may not import. Server, worker and demo are loaded when they are asked for. */
import { readFileSync } from 'node:fs';
import { main } from '#cli/main';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const launch = () => import('#embedded/launch');

process.exitCode = await main(process.argv.slice(2), {
  version,
  command: process.argv.slice(0, 2),
  serve: async (options) => (await launch()).serve({ ...options, version }),
  worker: async (options) => (await launch()).worker(options),
  demo: async (options) => (await launch()).demo(options),
});

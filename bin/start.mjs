// `npm start`: installs what is missing, then starts the single-machine server with the examples.
import { installIfNeeded, runOnNewNode } from './toolchain.mjs';

const USAGE = `npm start              serves the examples and runs the main one before your eyes, then serves on until Ctrl-C
npm start -- --once    ends with the run: exit code 0 if it succeeded
npm start -- --help    shows this`;

const args = process.argv.slice(2);
const unknown = args.filter((arg) => !['--once', '--help', '-h'].includes(arg));
if (unknown.length > 0) {
  // A typo of --once would serve for ever, and a script would wait for it.
  console.error(`npm start does not know ${unknown.join(' ')}. What it knows:\n${USAGE}`);
  process.exitCode = 2;
} else if (args.includes('--help') || args.includes('-h')) console.log(USAGE);
else {
  installIfNeeded();
  await runOnNewNode('bin/quick-start.ts', args);
}

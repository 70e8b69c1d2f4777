// `npm start`: installs what is missing, then starts the single-machine server with the examples.
import { installIfNeeded, runOnNewNode } from './toolchain.mjs';

installIfNeeded();
await runOnNewNode('bin/quick-start.ts', process.argv.slice(2));

// `npm run aws:local`: installs what is missing, then brings the whole installation up on an emulator of AWS.
import { installIfNeeded, runOnNewNode } from './toolchain.mjs';

installIfNeeded();
await runOnNewNode('test/support/aws-local/main.ts', process.argv.slice(2));

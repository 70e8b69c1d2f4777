import { createRequire } from 'node:module';

/** Runs one command line and resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--version') {
    const manifest: { version: string } = createRequire(import.meta.url)('flowbeat/package.json');
    console.log(manifest.version);
    return 0;
  }
  console.log('usage: flowbeat [--version] [--help]');
  return argv[0] === '--help' ? 0 : 2;
}

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { alone, type Bar, type Result } from '../bar.ts';

const program = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

const run = (name: string, ...args: string[]): string =>
  execFileSync(process.execPath, [program(name), ...args], { encoding: 'utf8' });

/** What the engine alone takes: no store, no queue, no handler. */
export const engine: Bar = {
  name: 'engine',
  async measure({ tiny }) {
    if (tiny) return [];
    const { results } = JSON.parse(run('engine.ts', '--json')) as { readonly results: readonly Result[] };
    return results.map(({ name, value, unit }) => alone(`engine: ${name}`, unit, value, undefined, 'bench/engine.ts'));
  },
};

/** What running an action takes beyond its handler. */
export const actions: Bar = {
  name: 'actions',
  async measure({ tiny }) {
    if (tiny) return [];
    const lines = run('actions.ts').matchAll(/^(.*?)\s+([\d.]+) us an action$/gm);
    return [...lines].map(([, title, value]) =>
      alone(`action: ${title}`, 'us/action', Number(value), undefined, 'bench/actions.ts'),
    );
  },
};

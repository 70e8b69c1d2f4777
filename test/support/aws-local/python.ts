import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '#test/support/aws-local/place';
import { run } from '#test/support/aws-local/program';

const PACKAGES = ['ministack==1.5.33', 'cryptography==50.0.2'];
const INSTALL_MS = 300_000;

/** What MiniStack needs is not on this machine. */
export class NoPython extends Error {}

/** Whether this machine has a Python that can make virtual environments; else why not, in a sentence. */
export function whyNoPython(): string | undefined {
  const { status, error } = spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' });
  if (status === 0) return undefined;
  const why = error ? 'there is no python3 on the PATH' : 'its python3 lacks venv or pip';
  return `MiniStack, the emulator of AWS, needs Python 3.10 or newer with venv and pip, and ${why}. Install it (Debian: python3-venv), or name another endpoint with --endpoint.`;
}

/** The program `ministack` in a Python of its own, which is made where it is not there yet (about 10 s). */
export async function installMiniStack(place: Place): Promise<string> {
  const program = join(place.python, 'bin', 'ministack');
  if (existsSync(program) && hasVersions(place)) return program;
  const why = whyNoPython();
  if (why !== undefined) throw new NoPython(why);
  const common = { log: place.log('python'), environment: process.env };
  await run(
    'Making a Python for MiniStack',
    { ...common, command: 'python3', args: ['-m', 'venv', place.python] },
    INSTALL_MS,
  );
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', ...PACKAGES];
  await run('Installing MiniStack', { ...common, command: join(place.python, 'bin', 'python'), args }, INSTALL_MS);
  return program;
}

/** An interrupted or older installation is made again. */
function hasVersions(place: Place): boolean {
  const names = JSON.stringify(PACKAGES.map((one) => one.split('==')));
  const look = `import importlib.metadata as m; exit(any(m.version(n) != v for n, v in ${names}))`;
  return spawnSync(join(place.python, 'bin', 'python'), ['-c', look], { stdio: 'ignore' }).status === 0;
}

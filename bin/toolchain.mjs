// What the launchers share. Plain JavaScript without a dependency: it runs on a bare clone, on whatever Node is there.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const binaries = join(root, 'node_modules', '.bin');
const neededMajor = 24;

/** Installs what package-lock.json names where node_modules does not hold exactly that; a few milliseconds where it does. */
export function installIfNeeded() {
  const reason = whatIsMissing();
  if (reason === undefined) return;
  console.error(`Installing (${reason}). This takes about a minute, and happens only when something is missing.`);
  // `npm ci` removes node_modules first: npm must not run on the Node in there, so it is looked up on the PATH without it.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== binaries);
  // Engine warnings of development tools say nothing to a user: they run on the Node that is being installed.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    // npm's own output is progress; what a program prints on standard output is left to the program.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: path.join(delimiter) },
    shell: process.platform === 'win32',
  });
  const missing = whatIsMissing();
  if (error || status !== 0 || missing !== undefined) {
    const why = error?.message ?? (status === 0 ? missing : `npm ci ended with exit code ${status}`);
    console.error(
      `Flowbeat could not install its dependencies: ${why}. Check that npm reaches its registry, and try again.`,
    );
    process.exit(1);
  }
}

/**
 * npm writes node_modules/.package-lock.json last, as a record of what it put there: comparing it with package-lock.json and
 * looking for each folder finds a missing, an outdated and an interrupted installation, without a stamp of our own.
 */
function whatIsMissing() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return 'nothing is installed yet';
  const wanted = readLock(join(root, 'package-lock.json'));
  const present = readLock(record);
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    // An optional package is for another platform, or for this one and recorded.
    if (found === undefined && optional) continue;
    if (found?.version !== version || found?.integrity !== integrity)
      return `${path.replace('node_modules/', '')} ${version} is needed`;
    if (!existsSync(join(root, path, 'package.json'))) return `${path} is gone`;
  }
  // The Node that comes as a package is put in its place by an install script, which a setting of npm can forbid.
  if (newEnoughNode() === undefined) return `Node ${neededMajor} is needed; if npm's ignore-scripts is set, unset it`;
  return undefined;
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/** The Node to run sources with: the one installed here, else the one that runs this, when it is new enough. */
export function newEnoughNode() {
  const installed = join(binaries, process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(installed)) return installed;
  return isNewEnough() ? process.execPath : undefined;
}

function isNewEnough() {
  return Number.parseInt(process.versions.node, 10) >= neededMajor;
}

/** The environment in which `node` and the development tools are those installed here. */
function toolEnvironment() {
  return { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` };
}

/**
 * Runs one of our programs on a Node that is new enough: here, when this one is, else in a child whose signals and exit code are this process's.
 *
 * The child leads a process group of its own and gets each signal from here alone. One Ctrl-C reaches this process twice, from
 * the terminal and from npm, and Flowbeat takes a second one for "abort now": what arrives within half a second counts as one.
 */
export function runOnNewNode(file, args) {
  if (isNewEnough()) {
    process.argv = [process.argv[0], join(root, file), ...args];
    return import(new URL(`../${file}`, import.meta.url).href);
  }
  const child = spawn(newEnoughNode(), [join(root, file), ...args], {
    stdio: 'inherit',
    env: toolEnvironment(),
    detached: true,
  });
  const lastSent = new Map();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (performance.now() - (lastSent.get(signal) ?? -Infinity) < 500) return;
      lastSent.set(signal, performance.now());
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(`Flowbeat could not start ${newEnoughNode()}: ${error.message}.`);
    process.exit(1);
  });
  // A shell reports a program that a signal ended as 128 + its number.
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  return undefined;
}

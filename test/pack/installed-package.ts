import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandOptions, type CommandResult, root, runCommand } from '#test/support/command';

/** A user's folder in which the packed package is installed, as the first lines of the documentation say. */
export interface InstalledPackage extends AsyncDisposable {
  readonly folder: string;
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  write(file: string, text: string): Promise<void>;
}

/** `npm pack` here; `npm init -y` and `npm i <tarball>` in an empty folder. */
export async function installPackage(): Promise<InstalledPackage> {
  const temporary = await mkdtemp(join(tmpdir(), 'flowbeat-pack-'));
  const folder = join(temporary, 'user');
  await mkdir(folder);
  const run = (command: string, args: readonly string[], options?: CommandOptions) =>
    runCommand(command, args, { cwd: folder, ...options });

  await succeed(runCommand('npm', ['pack', '--pack-destination', temporary], { cwd: root }));
  const tarball = (await readdir(temporary)).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  await succeed(run('npm', ['init', '-y']));
  await succeed(run('npm', ['install', '--no-audit', '--no-fund', join(temporary, tarball)]));

  return {
    folder,
    run,
    write: (file, text) => writeFile(join(folder, file), text),
    [Symbol.asyncDispose]: () => rm(temporary, { recursive: true, force: true }),
  };
}

async function succeed(command: Promise<CommandResult>): Promise<void> {
  const { code, stdout, stderr } = await command;
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout}${stderr}`);
}

/** What a folder takes on the disk, in bytes. */
export async function sizeOnDisk(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).blocks * 512),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

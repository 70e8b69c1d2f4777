import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '#test/support/command';

/** Where `npm run aws:local` keeps what it makes. */
export class Place {
  readonly folder: string;

  /** MiniStack's own Python: one for all places. */
  readonly python: string;

  constructor(name = 'aws-local') {
    this.folder = join(root, '.flowbeat', name);
    this.python = join(root, '.flowbeat', 'aws-local', 'python');
  }

  /** The synthesized app. */
  get assembly(): string {
    return join(this.folder, 'cdk.out');
  }

  /** What the servers and the deploy say. */
  log(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  get outputs(): string {
    return join(this.folder, 'outputs.json');
  }

  get record(): string {
    return join(this.folder, 'running.json');
  }

  /** Temporary files of MiniStack: unpacked Lambdas above all. */
  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  make(): void {
    mkdirSync(this.temporary, { recursive: true });
    // MiniStack writes CommonJS there, which the "type": "module" of this repository would turn into something else.
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "commonjs" }\n');
  }

  /** Takes away all but MiniStack's Python, which takes longest to make; that too with `purge`. */
  clear(purge = false): void {
    if (!existsSync(this.folder)) return;
    for (const name of readdirSync(this.folder)) {
      if (purge || name !== basename(this.python)) rmSync(join(this.folder, name), { recursive: true, force: true });
    }
    if (readdirSync(this.folder).length === 0) rmdirSync(this.folder);
  }
}

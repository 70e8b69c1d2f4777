import { join } from 'node:path';
import { bundle } from '../../bin/bundle-functions.mjs';
import { alone } from '../bar.ts';
import type { Part } from './part.ts';

const MIB = 1024 * 1024;
/** The two that a user waits for. */
const BOUND = ['api', 'advance'];

/** The sizes of the functions, bundled as they are deployed. */
export const bundles: Part = {
  name: 'bundles',
  async measure({ folder }) {
    const sizes = await bundle(undefined, { out: join(folder, 'functions') });
    return {
      counts: Object.entries(sizes).map(([name, bytes]) =>
        alone(
          `bundle, ${name}`,
          'MiB',
          bytes / MIB,
          BOUND.includes(name) ? { bar: 2, is: 'at most' } : undefined,
          'minified, its AWS clients in it',
        ),
      ),
    };
  },
};

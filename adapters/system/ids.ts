import { randomBytes } from 'node:crypto';
import type { Ids } from '#ports/ids';

const BYTES = 16;
/** Random bytes are asked for in bulk: 16 at a time took 3 us an id. */
const POOL = 256 * BYTES;

let pool = randomBytes(0);
let used = 0;

/** Ids of 128 random bits: 22 characters that names, keys and URLs take. */
export const SYSTEM_IDS: Ids = {
  random() {
    if (used === pool.length) {
      pool = randomBytes(POOL);
      used = 0;
    }
    used += BYTES;
    return pool.toString('base64url', used - BYTES, used);
  },
};

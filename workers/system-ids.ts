import { randomBytes } from 'node:crypto';
import type { Ids } from '#ports/ids';

/** Ids of 128 random bits: 22 characters that names, keys and URLs take. */
export const SYSTEM_IDS: Ids = { random: () => randomBytes(16).toString('base64url') };

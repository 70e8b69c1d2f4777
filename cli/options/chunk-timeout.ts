import { Option } from 'commander';
import { timeExpression } from '#cli/options/time-expression';

/** How long a part of a large value may take where nobody says otherwise: 2 Mbit/s. */
export const CHUNK_TIMEOUT_MS = 20_000;

/** `--chunk-timeout`: for lines that are slower than most. */
export const chunkTimeoutOption = (): Option =>
  new Option(
    '--chunk-timeout <time>',
    'how long each 5 MiB of a large value may take on its way to the bucket, before they are sent again (default: +20s)',
  ).argParser(timeExpression);

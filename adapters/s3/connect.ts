import { S3Client } from '@aws-sdk/client-s3';
import { BlobArchive } from '#adapters/s3/blob-archive';
import { S3Blobs } from '#adapters/s3/s3-blobs';
import { S3Links } from '#adapters/s3/s3-links';
import type { Archive } from '#ports/archive';
import type { BlobLinks, RemovableBlobs } from '#ports/blobs';

/** How long a request may take, which sends one part of a value at most, before it is given up and made again. */
const CHUNK_TIMEOUT_MS = 20_000;
const PATIENCE = { connectionTimeout: 3_000, throwOnRequestTimeout: true } as const;

/** A client as all of ours are: a presigned link must not hold the checksum of a body that is not known yet. */
export const s3Client = (endpoint: string | undefined, chunkTimeoutMs = CHUNK_TIMEOUT_MS): S3Client =>
  new S3Client({
    requestHandler: { ...PATIENCE, requestTimeout: chunkTimeoutMs },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Emulators have no host name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  });

/** A bucket of the account and region that the environment names. `endpoint`: an emulator's address. `chunkTimeoutMs`: how long one part of a value may take. */
export function connectS3(
  bucket: string,
  endpoint: string | undefined,
  chunkTimeoutMs?: number,
): { readonly blobs: RemovableBlobs; readonly archive: Archive; readonly links: BlobLinks; close(): void } {
  const client = s3Client(endpoint, chunkTimeoutMs);
  const blobs = new S3Blobs(client, bucket);
  return {
    blobs,
    archive: new BlobArchive(blobs),
    links: new S3Links(client, bucket),
    close: () => client.destroy(),
  };
}

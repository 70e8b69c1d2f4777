import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { s3Client } from '#adapters/s3/connect';
import { S3Blobs } from '#adapters/s3/s3-blobs';
import { S3Links } from '#adapters/s3/s3-links';
import type { Emulators } from '#test/support/emulators/emulators';

/** A bucket of one's own beside an emulator's table; taken away again with all that is in it. */
export async function openBucket({ table, endpoints }: Emulators) {
  const client = s3Client(endpoints.s3);
  const Bucket = table;
  await client.send(new CreateBucketCommand({ Bucket }));
  const keys = async (): Promise<readonly string[]> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    return Contents.map(({ Key = '' }) => Key);
  };
  return {
    name: Bucket,
    client,
    blobs: new S3Blobs(client, Bucket),
    links: new S3Links(client, Bucket),
    keys,
    async close() {
      for (let left = await keys(); left.length > 0; left = await keys()) {
        for (const Key of left) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      }
      await client.send(new DeleteBucketCommand({ Bucket }));
      client.destroy();
    },
  };
}

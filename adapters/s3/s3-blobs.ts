import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure, isMissing } from '#adapters/s3/failures';
import { PART_BYTES, partsOf } from '#adapters/s3/parts';
import type { BlobForm, RemovableBlobs } from '#ports/blobs';

/**
 * Bytes in an S3 bucket. Reads after writes are consistent there. What is longer than a part is sent in parts at the same time, each with the client's time
 * limit and repeated by itself; until they are completed nothing is there, and what is cut off goes by the bucket's rule after a day.
 */
export class S3Blobs implements RemovableBlobs {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array, { type, encoding }: BlobForm): Promise<void> {
    const object = { Bucket: this.#bucket, Key: key, ContentType: type, ContentEncoding: encoding };
    await this.#told(async () => {
      if (bytes.length > PART_BYTES) await this.#putInParts(bytes, object);
      else await this.#client.send(new PutObjectCommand({ ...object, Body: bytes }));
    });
  }

  async #putInParts(
    bytes: Uint8Array,
    object: ConstructorParameters<typeof CreateMultipartUploadCommand>[0],
  ): Promise<void> {
    const { Bucket, Key } = object;
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(object));
    const Parts = await Promise.all(
      partsOf(bytes.length).map(async ({ from, to }, i) => {
        const part = { Bucket, Key, UploadId, PartNumber: i + 1, Body: bytes.subarray(from, to) };
        const { ETag } = await this.#client.send(new UploadPartCommand(part));
        return { ETag, PartNumber: i + 1 };
      }),
    );
    await this.#client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#told(async () => {
        const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
        return Body?.transformToByteArray();
      });
    } catch (error) {
      if (isMissing((error as Error).cause)) return undefined;
      throw error;
    }
  }

  async drop(key: string): Promise<void> {
    await this.#told(() => this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key })));
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failure(error, this.#bucket);
    }
  }
}

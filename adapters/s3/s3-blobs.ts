import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { failure, isMissing } from '#adapters/s3/failures';
import type { BlobForm, RemovableBlobs } from '#ports/blobs';

/** Bytes in an S3 bucket. Reads after writes are consistent there. */
export class S3Blobs implements RemovableBlobs {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array, { type, encoding }: BlobForm): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: bytes,
      ContentType: type,
      ContentEncoding: encoding,
    });
    await this.#told(() => this.#client.send(command));
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

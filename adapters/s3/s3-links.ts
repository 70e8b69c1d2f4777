import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { failure } from '#adapters/s3/failures';
import type { BlobLinks } from '#ports/blobs';

const JSON_TYPE = 'application/json';

/** Links into an S3 bucket, signed with the credentials of this process and no longer good than they are. */
export class S3Links implements BlobLinks {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async uploadLink(key: string, size: number, seconds: number) {
    // The length is signed: what is sent is as long as was said, or S3 refuses it.
    const command = new PutObjectCommand({ Bucket: this.#bucket, Key: key, ContentLength: size });
    return { url: await this.#sign(command, seconds), headers: { 'content-type': JSON_TYPE } };
  }

  downloadLink(key: string, seconds: number): Promise<string> {
    return this.#sign(new GetObjectCommand({ Bucket: this.#bucket, Key: key }), seconds);
  }

  async #sign(command: PutObjectCommand | GetObjectCommand, seconds: number): Promise<string> {
    try {
      return await getSignedUrl(this.#client, command, { expiresIn: seconds });
    } catch (error) {
      throw failure(error, this.#bucket);
    }
  }
}

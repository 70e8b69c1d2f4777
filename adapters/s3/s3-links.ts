import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { failure } from '#adapters/s3/failures';
import { partsOf } from '#adapters/s3/parts';
import type { BlobLinks, PartedUpload } from '#ports/blobs';
import { rejected } from '#ports/errors';

const JSON_TYPE = 'application/json';

/** What S3 says of parts and uploads that it does not know. */
const INCOMPLETE: ReadonlySet<string> = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'NoSuchUpload']);

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
    return {
      url: await this.#told(() => getSignedUrl(this.#client, command, { expiresIn: seconds })),
      headers: { 'content-type': JSON_TYPE },
    };
  }

  async uploadInParts(key: string, size: number, seconds: number): Promise<PartedUpload> {
    const object = { Bucket: this.#bucket, Key: key };
    const begin = new CreateMultipartUploadCommand({ ...object, ContentType: JSON_TYPE });
    const { UploadId } = await this.#told(() => this.#client.send(begin));
    const parts = partsOf(size).map(async ({ from, to }, i) => {
      const part = { ...object, UploadId, PartNumber: i + 1, ContentLength: to - from };
      return {
        url: await this.#told(() => getSignedUrl(this.#client, new UploadPartCommand(part), { expiresIn: seconds })),
        size: to - from,
      };
    });
    return { upload: UploadId ?? '', parts: await Promise.all(parts) };
  }

  async completeUpload(key: string, upload: string, tags: readonly string[]): Promise<void> {
    const Parts = tags.map((ETag, i) => ({ ETag, PartNumber: i + 1 }));
    const complete = { Bucket: this.#bucket, Key: key, UploadId: upload, MultipartUpload: { Parts } };
    try {
      await this.#client.send(new CompleteMultipartUploadCommand(complete));
    } catch (error) {
      if (!INCOMPLETE.has((error as Error).name)) throw failure(error, this.#bucket);
      // The client sends again what was not answered in time, and the first time may have ended the upload.
      if (await this.#isThere(key)) return;
      const message =
        'The parts are not those that were sent, or the upload is over. Nothing was started; upload the input again.';
      throw rejected('UPLOAD_INCOMPLETE', message, { key, upload });
    }
  }

  downloadLink(key: string, seconds: number): Promise<string> {
    return this.#told(() =>
      getSignedUrl(this.#client, new GetObjectCommand({ Bucket: this.#bucket, Key: key }), { expiresIn: seconds }),
    );
  }

  /** By a key that nobody else uploads to. */
  async #isThere(key: string): Promise<boolean> {
    try {
      await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }));
      return true;
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
      // Whoever may not list a bucket is told only that it may not read what is not there.
      if (status === 404 || status === 403) return false;
      throw failure(error, this.#bucket);
    }
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failure(error, this.#bucket);
    }
  }
}

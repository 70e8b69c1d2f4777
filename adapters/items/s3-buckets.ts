import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  type Buckets,
  type Bytes,
  type Listed,
  otherVersion,
  type Refusal,
  textOf,
  unreadable,
  unwritable,
} from '#adapters/items/buckets';
import type { JsonObject } from '#engine/json';
import { FlowbeatError } from '#ports/errors';

const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/** Parts of an upload; S3 takes none that is smaller than 5 MB but the last. */
const PART_BYTES = 8 * 1024 * 1024;

/** S3, with the credentials and the region of the environment. */
export class S3Buckets implements Buckets {
  readonly #client = connect();
  readonly #folder: string | undefined;

  /** `folder`: where a bucket might be a folder instead, which is told where S3 cannot be asked. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async open(input: JsonObject, etag: string | undefined, signal: AbortSignal): Promise<Bytes> {
    const client = this.#client;
    const [bucket, key] = [textOf(input, 'Bucket'), textOf(input, 'Key')];
    const get = (version: string | undefined, range: string) =>
      client.send(
        new GetObjectCommand({ ...input, Bucket: bucket, Key: key, IfMatch: version, Range: `bytes=${range}` }),
        { abortSignal: signal },
      );
    const { version, size } = await this.#read(bucket, key, async () => {
      try {
        // One byte, not a HEAD: the answer to that one has no body which says what is wrong.
        const { ETag = '', ContentRange, Body } = await get(etag, '0-0');
        await Body?.transformToByteArray();
        return { version: ETag, size: Number(ContentRange?.split('/')[1]) };
      } catch (error) {
        // Of an object without a byte there is no first one.
        if ((error as ClientError).$metadata?.httpStatusCode !== 416) throw error;
        const head = { ...input, Bucket: bucket, Key: key, IfMatch: etag };
        const { ETag = '' } = await client.send(new HeadObjectCommand(head), { abortSignal: signal });
        return { version: ETag, size: 0 };
      }
    });
    if (!Number.isSafeInteger(size)) throw unreadable(`What answers for S3 does not read a part of an object: ${key}`);
    return {
      etag: version,
      size,
      read: (offset, length) =>
        this.#read(bucket, key, async () => {
          const { Body } = await get(version, `${offset}-${offset + length - 1}`);
          return (await Body?.transformToByteArray()) ?? new Uint8Array();
        }),
    };
  }

  async *list(
    input: JsonObject,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Listed, void, undefined> {
    const client = this.#client;
    const bucket = textOf(input, 'Bucket');
    for (let token: string | undefined; ; ) {
      const request = {
        ...input,
        Bucket: bucket,
        ...(after !== undefined && { StartAfter: after }),
        ...(token !== undefined && { ContinuationToken: token }),
      };
      const page = await this.#read(bucket, String(input.Prefix ?? ''), () =>
        client.send(new ListObjectsV2Command(request), { abortSignal: signal }),
      );
      for (const { ETag, Key, LastModified, Size, StorageClass } of page.Contents ?? [])
        yield {
          Etag: ETag ?? '',
          Key: Key ?? '',
          LastModified: Math.floor((LastModified?.getTime() ?? 0) / 1000),
          Size: Size ?? 0,
          StorageClass: StorageClass ?? 'STANDARD',
        };
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  async write(bucket: string, key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    const client = this.#client;
    const object = { Bucket: bucket, Key: key };
    const asked = { abortSignal: signal };
    let upload: string | undefined;
    const parts: { readonly ETag: string | undefined; readonly PartNumber: number }[] = [];
    let size = 0;
    const sendPart = async (bytes: Uint8Array) => {
      upload ??= (await this.#written(() => client.send(new CreateMultipartUploadCommand(object), asked))).UploadId;
      const part = { ...object, UploadId: upload, PartNumber: parts.length + 1, Body: bytes };
      const { ETag } = await this.#written(() => client.send(new UploadPartCommand(part), asked));
      parts.push({ ETag, PartNumber: part.PartNumber });
    };
    try {
      let held: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of chunks) {
        held.push(chunk);
        length += chunk.length;
        size += chunk.length;
        if (length < PART_BYTES) continue;
        await sendPart(Buffer.concat(held));
        held = [];
        length = 0;
      }
      const rest = Buffer.concat(held);
      if (upload === undefined) {
        await this.#written(() => client.send(new PutObjectCommand({ ...object, Body: rest }), asked));
        return size;
      }
      if (rest.length > 0) await sendPart(rest);
      const whole = { ...object, UploadId: upload, MultipartUpload: { Parts: parts } };
      await this.#written(() => client.send(new CompleteMultipartUploadCommand(whole), asked));
      return size;
    } catch (error) {
      // What is left of an upload costs as long as it is there.
      if (upload !== undefined)
        await client.send(new AbortMultipartUploadCommand({ ...object, UploadId: upload })).catch(() => {});
      throw error;
    }
  }

  close(): void {
    this.#client.destroy();
  }

  #read<T>(bucket: string, key: string, work: () => Promise<T>): Promise<T> {
    return work().catch((error: ClientError) => {
      if (error.$metadata?.httpStatusCode === 412) throw otherVersion(bucket, key);
      throw failure(error, unreadable, this.#folder);
    });
  }

  #written<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: ClientError) => {
      throw failure(error, unwritable, this.#folder);
    });
  }
}

function connect(): S3Client {
  const isEmulated = process.env.AWS_ENDPOINT_URL !== undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined;
  return new S3Client({
    requestHandler: PATIENCE,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Emulators have no host name for each bucket.
    ...(isEmulated && { forcePathStyle: true }),
  });
}

/** What the client's errors have in common; none of it is promised by a type. */
interface ClientError {
  readonly name?: string;
  readonly message?: string;
  /** Of what the network says. */
  readonly code?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly extendedRequestId?: string;
    readonly attempts?: number;
  };
}

/** Answers of 4xx that pass by themselves. */
const PASSING = new Set([
  'SlowDown',
  'OperationAborted',
  'RequestTimeout',
  'ExpiredToken',
  'RequestTimeTooSkewed',
  'NoSuchUpload',
]);

/** Whether a later try may cure it: S3 has trouble or is asked too often, or no answer came. What has neither a status nor a try was never sent. */
function passes({ name = '', code, $metadata: { httpStatusCode: status, attempts } = {} }: ClientError): boolean {
  if (status !== undefined) return status >= 500 || status === 429 || status === 200 || PASSING.has(name);
  return attempts !== undefined || code !== undefined || name === 'AbortError' || name === 'TimeoutError';
}

/** In AWS's words what a later try does not cure; the rest is tried again. */
function failure(error: ClientError, refusal: Refusal, folder: string | undefined): Error {
  const { name = 'Error', message = '', $metadata = {} } = error;
  if (name === 'CredentialsProviderError' || message.includes('Region is missing')) {
    const other = folder === undefined ? '' : `, or make the bucket a folder in ${folder}`;
    return refusal(`S3 cannot be asked: ${message}. Give this process credentials and a region of AWS${other}.`);
  }
  if (passes(error)) {
    const next = 'S3 did not answer; the request is repeated.';
    return new FlowbeatError('retryable', 'ITEMS_UNREACHABLE', next, {}, error);
  }
  const { httpStatusCode: status, requestId, extendedRequestId } = $metadata;
  if (status === undefined) return refusal(`S3 was not asked: ${message}`);
  return refusal(
    `${message} (Service: Amazon S3; Status Code: ${status}; Error Code: ${name}; Request ID: ${requestId}; S3 Extended Request ID: ${extendedRequestId})`,
  );
}

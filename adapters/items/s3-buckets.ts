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
import { type Buckets, type Bytes, type Listed, otherVersion, textOf } from '#adapters/items/buckets';
import type { JsonObject } from '#engine/json';
import { errorNames, StatesError } from '#engine/states-error';
import { FlowbeatError } from '#ports/errors';

const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/** Parts of an upload; S3 takes none that is smaller than 5 MB but the last. */
const PART_BYTES = 8 * 1024 * 1024;

/** S3, with the credentials and the region of the environment. */
export class S3Buckets implements Buckets {
  readonly #client = connect();

  async open(input: JsonObject, etag: string | undefined, signal: AbortSignal): Promise<Bytes> {
    const client = this.#client;
    const [bucket, key] = [textOf(input, 'Bucket'), textOf(input, 'Key')];
    const object = { ...input, Bucket: bucket, Key: key };
    const asked = { abortSignal: signal };
    const head = await read(bucket, key, () =>
      client.send(new HeadObjectCommand({ ...object, ...(etag !== undefined && { IfMatch: etag }) }), asked),
    );
    const version = head.ETag ?? '';
    return {
      etag: version,
      size: head.ContentLength ?? 0,
      read: (offset, length) =>
        read(bucket, key, async () => {
          const range = { ...object, IfMatch: version, Range: `bytes=${offset}-${offset + length - 1}` };
          const { Body } = await client.send(new GetObjectCommand(range), asked);
          return (await Body?.transformToByteArray()) ?? new Uint8Array();
        }),
      close: async () => {},
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
      const page = await read(bucket, String(input.Prefix ?? ''), () =>
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
      upload ??= (await written(bucket, () => client.send(new CreateMultipartUploadCommand(object), asked))).UploadId;
      const part = { ...object, UploadId: upload, PartNumber: parts.length + 1, Body: bytes };
      const { ETag } = await written(bucket, () => client.send(new UploadPartCommand(part), asked));
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
        await written(bucket, () => client.send(new PutObjectCommand({ ...object, Body: rest }), asked));
        return size;
      }
      if (rest.length > 0) await sendPart(rest);
      const whole = { ...object, UploadId: upload, MultipartUpload: { Parts: parts } };
      await written(bucket, () => client.send(new CompleteMultipartUploadCommand(whole), asked));
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

interface ClientError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const PASSING = new Set(['SlowDown', 'RequestTimeout', 'ExpiredToken', 'RequestTimeTooSkewed', 'NoSuchUpload']);

/** What S3 calls the answers to a HEAD, which has no body to say it. */
const HEAD_NAMES: { readonly [status: number]: readonly [name: string, message: string] } = {
  403: ['AccessDenied', 'Access Denied'],
  404: ['NoSuchKey', 'The specified key does not exist.'],
};

const read = <T>(bucket: string, key: string, work: () => Promise<T>): Promise<T> =>
  work().catch((error: ClientError) => {
    if (error.$metadata?.httpStatusCode === 412) throw otherVersion(bucket, key);
    throw failure(error, errorNames.itemReaderFailed);
  });

const written = <T>(_bucket: string, work: () => Promise<T>): Promise<T> =>
  work().catch((error: ClientError) => {
    throw failure(error, errorNames.resultWriterFailed);
  });

/** In AWS's words what a later try does not cure; the rest is tried again. */
function failure(error: ClientError, errorName: string): Error {
  const { name = '', message = '', $metadata: { httpStatusCode: status = 0, requestId = '' } = {} } = error;
  if (name === 'CredentialsProviderError' || message.includes('Region is missing'))
    return new StatesError(
      errorName,
      `S3 cannot be asked: ${message} A bucket can also be a folder: docs/language.md tells where.`,
    );
  if (status < 400 || status >= 500 || status === 429 || PASSING.has(name))
    return new FlowbeatError(
      'retryable',
      'ITEMS_UNREACHABLE',
      'S3 did not answer; the request is repeated.',
      {},
      error,
    );
  const [code, text] = (name === 'NotFound' || name === 'Unknown' || name === '' ? HEAD_NAMES[status] : undefined) ?? [
    name,
    message,
  ];
  return new StatesError(
    errorName,
    `${text} (Service: Amazon S3; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId})`,
  );
}

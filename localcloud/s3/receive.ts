import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../core/errors.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { CHECKSUM_ALGORITHMS, createChecksum } from './checksums.ts';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import { headerOf } from './s3-request.ts';

const isAwsChunked = (headers: IncomingHttpHeaders): boolean =>
  /(?:^|,)\s*aws-chunked/.test(headers['content-encoding'] ?? '') ||
  (headerOf(headers, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-');

const MAX_TEXT_BYTES = 8 << 20;

/**
 * The whole of a small body, such as a list of keys, its aws-chunked framing taken off and checked against what the request says of
 * it, as {@link receiveBody} does.
 */
export const receiveText = async (request: IncomingMessage): Promise<string> => {
  const decoder = isAwsChunked(request.headers) ? new AwsChunkedDecoder() : undefined;
  const source: Readable = decoder ? request.pipe(decoder) : request;
  const digests = new Digests(request.headers);
  const chunks: Buffer[] = [];
  for await (const chunk of source as AsyncIterable<Buffer>) {
    digests.update(chunk);
    if (digests.size > MAX_TEXT_BYTES) throw new AwsError('MaxMessageLengthExceeded', 'Your request was too big.');
    chunks.push(chunk);
  }
  verify(digests.result(), request.headers, decoder?.trailers ?? new Map<string, string>());
  return Buffer.concat(chunks).toString('utf8');
};

/** The same for actions whose body AWS wants to be protected by a Content-MD5 or a checksum. */
export const receiveCheckedText = async (request: IncomingMessage): Promise<string> => {
  if (request.headers['content-md5'] === undefined && algorithmsOf(request.headers).length === 0)
    throw new AwsError('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  return receiveText(request);
};

interface Sums {
  size: number;
  /** MD5 in hex: the ETag of an object that came in one piece. */
  md5: string;
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
  /** In hex; only where the request's signature was made over it. */
  payloadSha256?: string;
}

/** A body on disk (synced, under a temporary name), with its sums. */
export interface ReceivedBody extends Sums {
  file: string;
}

/** What is said of a body by its request's headers, computed as it comes in. */
class Digests {
  size = 0;
  private readonly md5 = createHash('md5');
  private readonly sums: Map<ChecksumAlgorithm, Checksum>;
  private readonly payload: Hash | undefined;

  constructor(headers: IncomingHttpHeaders, algorithms = algorithmsOf(headers)) {
    this.sums = new Map(algorithms.map((algorithm) => [algorithm, createChecksum(algorithm)]));
    if (isHash(headerOf(headers, 'x-amz-content-sha256'))) this.payload = createHash('sha256');
  }

  update(chunk: Buffer): void {
    this.size += chunk.length;
    this.md5.update(chunk);
    this.payload?.update(chunk);
    for (const sum of this.sums.values()) sum.update(chunk);
  }

  result(): Sums {
    return {
      size: this.size,
      md5: this.md5.digest('hex'),
      checksums: Object.fromEntries([...this.sums].map(([algorithm, sum]) => [algorithm, sum.digest()])),
      ...(this.payload === undefined ? {} : { payloadSha256: this.payload.digest('hex') }),
    };
  }
}

/** The header holds the body's hash, and not `UNSIGNED-PAYLOAD` or the name of a streaming signature. */
const isHash = (value: string | undefined): boolean => /^[0-9a-f]{64}$/i.test(value ?? '');

const announcedTrailers = (headers: IncomingHttpHeaders): string[] =>
  (headerOf(headers, 'x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

/** The algorithms a request names: in a checksum header, in the announcement of a trailer, or as the SDK's choice. */
const algorithmsOf = (headers: IncomingHttpHeaders): ChecksumAlgorithm[] => {
  const trailers = announcedTrailers(headers);
  const chosen = [headerOf(headers, 'x-amz-sdk-checksum-algorithm'), headerOf(headers, 'x-amz-checksum-algorithm')].map(
    (name) => name?.toLowerCase() ?? '',
  );
  return CHECKSUM_ALGORITHMS.filter(
    (algorithm) =>
      headers[`x-amz-checksum-${algorithm}`] !== undefined ||
      trailers.includes(`x-amz-checksum-${algorithm}`) ||
      chosen.includes(algorithm),
  );
};

/**
 * Streams a request's body to `file` and checks it against what the request says: length, Content-MD5, checksums in headers or
 * trailers, the hash that was signed. `also`: checksums to compute besides those the request names. Throws MissingContentLength, BadDigest, IncompleteBody, InvalidDigest, MalformedTrailerError
 * or XAmzContentSHA256Mismatch; then the file is gone.
 */
export const receiveBody = async (request: IncomingMessage, file: string, also: readonly ChecksumAlgorithm[] = []): Promise<ReceivedBody> => {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['x-amz-decoded-content-length'] === undefined)
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 });
  const decoder = isAwsChunked(headers) ? new AwsChunkedDecoder() : undefined;
  const body = await digestStream(request, file, new Digests(headers, [...new Set([...algorithmsOf(headers), ...also])]), decoder);
  try {
    verify(body, headers, decoder?.trailers ?? new Map<string, string>());
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return body;
};

/** Writes a stream, of no request, to a new file like {@link receiveBody}. */
export const storeStream = (source: Readable, file: string, algorithms: readonly ChecksumAlgorithm[]): Promise<ReceivedBody> =>
  digestStream(source, file, new Digests({}, [...algorithms]));

/** Writes a stream to a new file, synced, and tells its size and sums; where the stream breaks, the file is gone. */
const digestStream = async (source: Readable, file: string, digests: Digests, decoder?: Transform): Promise<ReceivedBody> => {
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digests.update(chunk);
      done(null, chunk);
    },
  });
  const sink = createWriteStream(file, { flags: 'wx', flush: true });
  try {
    await (decoder ? pipeline(source, decoder, meter, sink) : pipeline(source, meter, sink));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return { file, ...digests.result() };
};

const verify = (body: Sums, headers: IncomingHttpHeaders, trailers: ReadonlyMap<string, string>): void => {
  const length = headerOf(headers, 'x-amz-decoded-content-length');
  if (length !== undefined && Number(length) !== body.size)
    throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
  const md5 = headerOf(headers, 'content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16)
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified is not valid.');
  if (md5 !== undefined && Buffer.from(md5, 'base64').toString('hex') !== body.md5)
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  if (body.payloadSha256 !== undefined && body.payloadSha256 !== headerOf(headers, 'x-amz-content-sha256')?.toLowerCase())
    throw new AwsError('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  for (const name of announcedTrailers(headers))
    if (!trailers.has(name)) throw new AwsError('MalformedTrailerError', 'The request contained trailing data that was not well-formed or did not conform to our published schema.');
  verifyChecksums(body, headers, trailers);
};

const verifyChecksums = (body: Sums, headers: IncomingHttpHeaders, trailers: ReadonlyMap<string, string>): void => {
  for (const [algorithm, sum] of Object.entries(body.checksums)) {
    const expected = headerOf(headers, `x-amz-checksum-${algorithm}`) ?? trailers.get(`x-amz-checksum-${algorithm}`);
    if (expected !== undefined && expected !== sum)
      throw new AwsError('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
};

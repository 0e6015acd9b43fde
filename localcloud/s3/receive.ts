import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../core/errors.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { CHECKSUM_ALGORITHMS, createChecksum, isChecksumAlgorithm } from './checksums.ts';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import { headerOf } from './s3-request.ts';

/** A body on disk (synced, under a temporary name), with its sums. */
export interface ReceivedBody {
  file: string;
  size: number;
  /** MD5 in hex: the ETag of an object that came in one piece. */
  md5: string;
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
}

const isAwsChunked = (headers: IncomingHttpHeaders): boolean =>
  /(?:^|,)\s*aws-chunked/.test(headers['content-encoding'] ?? '') ||
  (headerOf(headers, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-');

/** The whole of a small body, such as a list of keys, its aws-chunked framing taken off. */
export const receiveText = async (request: IncomingMessage, limitBytes = 8 << 20): Promise<string> => {
  const source: Readable = isAwsChunked(request.headers) ? request.pipe(new AwsChunkedDecoder()) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new AwsError('MaxMessageLengthExceeded', 'Your request was too big.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** The algorithms a request names: in a checksum header, in the announcement of a trailer, or as the SDK's choice. */
const algorithmsOf = (headers: IncomingHttpHeaders): ChecksumAlgorithm[] => {
  const trailers = (headerOf(headers, 'x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase());
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
 * Streams a request's body to `file` and checks it against what the request says: length, Content-MD5, and checksums in
 * headers or trailers. Throws BadDigest, IncompleteBody or InvalidDigest; then the file is gone.
 */
export const receiveBody = async (request: IncomingMessage, file: string): Promise<ReceivedBody> => {
  const decoder = isAwsChunked(request.headers) ? new AwsChunkedDecoder() : undefined;
  const body = await digestStream(request, file, algorithmsOf(request.headers), decoder);
  try {
    verify(body, request.headers, decoder?.trailers ?? new Map<string, string>());
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return body;
};

/** Writes a stream to a new file, synced, and tells its size and sums; where the stream breaks, the file is gone. */
export const digestStream = async (
  source: Readable,
  file: string,
  algorithms: readonly ChecksumAlgorithm[],
  decoder?: Transform,
): Promise<ReceivedBody> => {
  const sums = new Map<ChecksumAlgorithm, Checksum>(algorithms.map((algorithm) => [algorithm, createChecksum(algorithm)]));
  const md5 = createHash('md5');
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      md5.update(chunk);
      for (const sum of sums.values()) sum.update(chunk);
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
  return {
    file,
    size,
    md5: md5.digest('hex'),
    checksums: Object.fromEntries([...sums].map(([algorithm, sum]) => [algorithm, sum.digest()])),
  };
};

const verify = (body: ReceivedBody, headers: IncomingHttpHeaders, trailers: ReadonlyMap<string, string>): void => {
  const length = headerOf(headers, 'x-amz-decoded-content-length');
  if (length !== undefined && Number(length) !== body.size)
    throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
  const md5 = headerOf(headers, 'content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16)
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified is not valid.');
  if (md5 !== undefined && Buffer.from(md5, 'base64').toString('hex') !== body.md5)
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  for (const [algorithm, sum] of Object.entries(body.checksums)) {
    if (!isChecksumAlgorithm(algorithm)) continue;
    const expected = headerOf(headers, `x-amz-checksum-${algorithm}`) ?? trailers.get(`x-amz-checksum-${algorithm}`);
    if (expected !== undefined && expected !== sum)
      throw new AwsError('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
};

import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { AwsError } from '../core/errors.ts';

const CRLF = Buffer.from('\r\n');
const MAX_LINE_BYTES = 16 << 10;

/**
 * Takes the content out of an aws-chunked body: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n<trailer>: <value>\r\n\r\n`.
 * Signatures are not checked, as nowhere in this cloud; `trailers` holds what came after the last chunk, names in lower case.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export class AwsChunkedDecoder extends Transform {
  readonly trailers = new Map<string, string>();
  private pending: Buffer = Buffer.alloc(0);
  private state: 'size' | 'content' | 'content-end' | 'trailers' = 'size';
  private remaining = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.pending = this.pending.length > 0 ? Buffer.concat([this.pending, chunk]) : chunk;
    try {
      while (this.step());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.state === 'trailers') this.addTrailer(this.pending.toString('latin1')); // the last line may lack its end
    done(this.state === 'trailers' ? null : new AwsError('IncompleteBody', 'The aws-chunked body ends before its last chunk'));
  }

  /** Consumes one element of the framing; false where more bytes are needed. */
  private step(): boolean {
    if (this.state === 'content') return this.passContent();
    const line = this.takeLine();
    if (line === undefined) return false;
    if (this.state === 'size') this.beginChunk(line);
    else if (this.state === 'content-end') this.endChunk(line);
    else this.addTrailer(line);
    return true;
  }

  private passContent(): boolean {
    const content = this.pending.subarray(0, this.remaining);
    if (content.length === 0) return false;
    this.push(content);
    this.pending = this.pending.subarray(content.length);
    this.remaining -= content.length;
    if (this.remaining === 0) this.state = 'content-end';
    return this.pending.length > 0;
  }

  private beginChunk(line: string): void {
    const size = /^([0-9a-f]{1,12})(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw new AwsError('InvalidRequest', `Not the size of a chunk: ${line.slice(0, 40)}`);
    this.remaining = parseInt(size, 16);
    this.state = this.remaining === 0 ? 'trailers' : 'content';
  }

  private endChunk(line: string): void {
    if (line !== '') throw new AwsError('InvalidRequest', 'A chunk is longer than its size says');
    this.state = 'size';
  }

  private addTrailer(line: string): void {
    const colon = line.indexOf(':');
    if (colon > 0) this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }

  private takeLine(): string | undefined {
    const end = this.pending.indexOf(CRLF);
    if (end < 0) {
      if (this.pending.length > MAX_LINE_BYTES) throw new AwsError('InvalidRequest', 'The framing of the aws-chunked body is broken');
      return undefined;
    }
    const line = this.pending.toString('latin1', 0, end);
    this.pending = this.pending.subarray(end + CRLF.length);
    return line;
  }
}

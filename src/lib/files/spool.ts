import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const CHUNK_BYTES = 1 << 18;
/** https://datatracker.ietf.org/doc/html/rfc1952#section-2.3.1 */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** A file copied to local disk: its content cannot change while it is read twice, and its hash is known before its first row is written. */
export interface SpooledFile {
  /** hex sha256 of the bytes as delivered (compressed where they are). */
  contentHash: string;
  sizeBytes: number;
  /** The content, decompressed where it is gzip: by its first bytes and not by its name, so that the hash tells all there is. */
  open(): AsyncIterable<Buffer>;
  remove(): Promise<void>;
}

/** Copies a stream of bytes into a file of its own below `folder`. Memory stays constant. */
export const spool = async (bytes: AsyncIterable<Buffer>, folder: string): Promise<SpooledFile> => {
  const ownFolder = await mkdtemp(path.join(folder, 'floe-file-'));
  const remove = (): Promise<void> => rm(ownFolder, { recursive: true, force: true });
  const file = path.join(ownFolder, 'content');
  const digest = createHash('sha256');
  let sizeBytes = 0;
  let start: Buffer = Buffer.alloc(0);
  const measured = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      digest.update(chunk);
      sizeBytes += chunk.length;
      if (start.length < GZIP.length) start = Buffer.concat([start, chunk.subarray(0, GZIP.length)]);
      yield chunk;
    }
  };
  try {
    await pipeline(measured, createWriteStream(file));
  } catch (error) {
    await remove();
    throw error;
  }
  const open = (): AsyncIterable<Buffer> => {
    const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES });
    if (!start.subarray(0, GZIP.length).equals(GZIP)) return raw as AsyncIterable<Buffer>;
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    raw.once('error', (error) => gunzip.destroy(error));
    return raw.pipe(gunzip);
  };
  return { contentHash: digest.digest('hex'), sizeBytes, open, remove };
};

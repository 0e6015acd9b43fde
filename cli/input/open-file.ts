import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { reasonOf } from '../cli-error.ts';
import { InputFileError } from './input-file-error.ts';

/** A file as the user named it, and its absolute path. */
export interface InputFile {
  name: string;
  path: string;
}

const bytesLookedAt = 64 << 10;

/**
 * The content of a file, unpacked where it is gzip, by whatever name.
 * @throws InputFileError where it is missing, unreadable, or named .gz and no gzip. What shows only while reading
 * (a gzip that ends early) is thrown by the iteration, as an InputFileError too.
 */
export async function* readContent(file: InputFile): AsyncGenerator<Buffer> {
  const start = await firstBytes(file);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  if (!isGzip && file.name.endsWith('.gz') && start.length > 0) throw new InputFileError(file.name, 'is not a gzip file');
  const raw = createReadStream(file.path, { highWaterMark: 1 << 18 });
  // pipeline hands an error of the file on to the unpacked stream, whose reader reports it.
  const content: Readable = isGzip ? pipeline(raw, createGunzip(), () => undefined) : raw;
  let isFirst = true;
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      if (isFirst && chunk.subarray(0, bytesLookedAt).includes(0)) throw new InputFileError(file.name, 'is a binary file, not text');
      isFirst = false;
      yield chunk;
    }
  } catch (error) {
    throw error instanceof InputFileError ? error : toInputFileError(file, error);
  } finally {
    content.destroy();
    raw.destroy();
  }
}

const firstBytes = async (file: InputFile): Promise<Buffer> => {
  try {
    const handle = await open(file.path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw toInputFileError(file, cause);
  }
};

const toInputFileError = (file: InputFile, error: unknown): InputFileError => {
  const code = (error as { code?: unknown }).code;
  if (code === 'Z_BUF_ERROR') return new InputFileError(file.name, 'the gzip data ends early (a truncated file)', { cause: error });
  if (typeof code === 'string' && code.startsWith('Z_')) return new InputFileError(file.name, 'the gzip data is damaged', { cause: error });
  return new InputFileError(file.name, `cannot be read: ${reasonOf(error)}`, { isUnreadable: true, cause: error });
};

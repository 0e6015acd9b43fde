import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { readJson, replaceFile } from '../core/files.ts';
import { KeyedLock } from '../core/keyed-lock.ts';
import { createChecksum } from './checksums.ts';
import type { ChecksumAlgorithm } from './checksums.ts';
import type { ObjectDescription } from './object-metadata.ts';
import type { ReceivedBody } from './receive.ts';

export interface Upload {
  id: string;
  bucket: string;
  key: string;
  initiated: string;
  description: ObjectDescription;
  algorithm?: ChecksumAlgorithm;
  checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface Part {
  number: number;
  size: number;
  md5: string;
  checksums: Partial<Record<ChecksumAlgorithm, string>>;
  received: string;
  /** Its bytes, in the upload's directory: a name of its own, so that a part sent again does not touch the one before. */
  file: string;
}

/** A part as CompleteMultipartUpload names it. */
export interface ChosenPart {
  number: number;
  etag: string;
  /** A checksum of the upload's algorithm that the part must have. */
  checksum?: string | undefined;
}

const MAX_PART_NUMBER = 10_000;
const MIN_PART_BYTES = 5 << 20;

/** Multipart uploads under way, each a directory with its parts; they outlive a restart, as the client expects. */
export class MultipartUploads {
  private readonly directory: string;
  private readonly locks = new KeyedLock();

  constructor(directory: string) {
    this.directory = directory;
  }

  create(upload: Omit<Upload, 'id'>): Upload {
    const created = { id: randomUUID(), ...upload };
    replaceFile(path.join(this.directory, created.id, 'upload.json'), JSON.stringify(created));
    return created;
  }

  /** Runs what changes an upload or ends it, one after the other; the upload is still there when it begins. Throws NoSuchUpload. */
  exclusively<T>({ id, bucket, key }: Upload, task: () => Promise<T>): Promise<T> {
    return this.locks.run(id, () => {
      this.find(id, bucket, key);
      return task();
    });
  }

  /** Throws NoSuchUpload, also where the upload belongs to another key. */
  find(id: string, bucket: string, key: string): Upload {
    const upload = /^[0-9a-f-]{36}$/.test(id) ? readJson<Upload>(path.join(this.directory, id, 'upload.json')) : undefined;
    if (upload?.bucket !== bucket || upload.key !== key) {
      throw new AwsError(
        'NoSuchUpload',
        'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
        { status: 404, detail: { UploadId: id } },
      );
    }
    return upload;
  }

  async list(bucket: string): Promise<Upload[]> {
    if (!existsSync(this.directory)) return [];
    const uploads = (await readdir(this.directory)).map((id) => readJson<Upload>(path.join(this.directory, id, 'upload.json')));
    return uploads.filter((upload) => upload?.bucket === bucket).filter((upload) => upload !== undefined);
  }

  /** Takes a received body as a part; the same number again replaces it. Throws InvalidArgument. */
  async addPart(upload: Upload, number: number, body: ReceivedBody, now: Date): Promise<Part> {
    requirePartNumber(number);
    return this.exclusively(upload, async () => {
      const before = (await this.parts(upload)).find((part) => part.number === number);
      const { size, md5, checksums } = body;
      const part: Part = { number, size, md5, checksums, received: now.toISOString(), file: `${randomUUID()}.part` };
      await rename(body.file, path.join(this.directory, upload.id, part.file));
      replaceFile(path.join(this.directory, upload.id, `${number}.json`), JSON.stringify(part));
      if (before) await rm(path.join(this.directory, upload.id, before.file), { force: true });
      return part;
    });
  }

  async parts(upload: Upload): Promise<Part[]> {
    const names = (await readdir(path.join(this.directory, upload.id))).filter((name) => /^\d+\.json$/.test(name));
    const parts = names.map((name) => readJson<Part>(path.join(this.directory, upload.id, name))).filter((part) => part !== undefined);
    return parts.sort((left, right) => left.number - right.number);
  }

  /**
   * Joins the chosen parts to one synced file and tells its ETag: the MD5 of the parts' MD5s, a dash, their number.
   * Throws InvalidPart, InvalidPartOrder, EntityTooSmall.
   */
  async assemble(
    upload: Upload,
    chosen: readonly ChosenPart[],
    file: string,
  ): Promise<{ etag: string; description: Pick<ObjectDescription, 'checksums' | 'parts'> }> {
    const { algorithm } = upload;
    const known = new Map((await this.parts(upload)).map((part) => [part.number, part]));
    const parts = chosen.map(({ number, etag, checksum }) => {
      const part = known.get(number);
      const hasChecksum = checksum === undefined || (algorithm !== undefined && part?.checksums[algorithm] === checksum);
      if (part?.md5 !== etag || !hasChecksum)
        throw new AwsError(
          'InvalidPart',
          "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
          { detail: { PartNumber: number } },
        );
      return part;
    });
    if (parts.some((part, index) => index > 0 && part.number <= (parts[index - 1]?.number ?? 0)))
      throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.');
    const small = parts.slice(0, -1).find((part) => part.size < MIN_PART_BYTES);
    if (small)
      throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        detail: { PartNumber: small.number, ProposedSize: small.size, MinSizeAllowed: MIN_PART_BYTES },
      });
    const whole = await this.join(upload, parts, file);
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.md5, 'hex')));
    const checksums = checksumsOf(upload, parts, whole);
    const sizes = parts.map(({ number, size, checksums: sums }) => ({ number, size, ...(algorithm && sums[algorithm] !== undefined ? { checksum: sums[algorithm] } : {}) }));
    const description = { parts: sizes, ...(checksums ? { checksums } : {}) };
    return { etag: `${createHash('md5').update(digests).digest('hex')}-${parts.length}`, description };
  }

  private async join(upload: Upload, parts: readonly Part[], file: string): Promise<string | undefined> {
    const whole = upload.algorithm && upload.checksumType === 'FULL_OBJECT' ? createChecksum(upload.algorithm) : undefined;
    const sink = createWriteStream(file, { flags: 'wx', flush: true });
    const finished = new Promise<void>((resolve, reject) => sink.once('close', resolve).once('error', reject));
    for (const part of parts) {
      for await (const chunk of createReadStream(path.join(this.directory, upload.id, part.file), { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        whole?.update(chunk);
        if (!sink.write(chunk)) await new Promise<void>((resolve) => sink.once('drain', resolve));
      }
    }
    sink.end();
    await finished;
    return whole?.digest();
  }

  async remove(upload: Upload): Promise<void> {
    await rm(path.join(this.directory, upload.id), { recursive: true, force: true });
  }
}

const requirePartNumber = (number: number): void => {
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER)
    throw new AwsError('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`);
};

/** The checksum of the whole, or the checksum of the parts' checksums with their number, by the upload's type. */
const checksumsOf = ({ algorithm }: Upload, parts: readonly Part[], whole: string | undefined): ObjectDescription['checksums'] => {
  if (!algorithm) return undefined;
  if (whole !== undefined) return { [algorithm]: whole };
  const sums = parts.map((part) => part.checksums[algorithm]);
  if (sums.some((sum) => sum === undefined)) return undefined;
  const composite = createChecksum(algorithm);
  for (const sum of sums) composite.update(Buffer.from(sum ?? '', 'base64'));
  return { [algorithm]: `${composite.digest()}-${parts.length}` };
};

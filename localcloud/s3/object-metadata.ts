import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ChecksumAlgorithm } from './checksums.ts';

/** What a client told about an object besides its bytes. */
export interface ObjectDescription {
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  expires?: string;
  /** `x-amz-meta-…` by full header name. */
  userMetadata?: Record<string, string>;
  tags?: Record<string, string>;
  checksums?: Partial<Record<ChecksumAlgorithm, string>>;
  checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
  /** Of an object that came in parts, by number: their sizes, and checksums where the upload has an algorithm. */
  parts?: { number: number; size: number; checksum?: string }[];
  /** Kept and answered; all objects lie on this disk. */
  storageClass?: string;
  websiteRedirectLocation?: string;
}

/**
 * Of the object that is there, or of one that is being put in its place: a crash between the two writes of a PUT must leave each
 * with its own description.
 */
interface Sidecar {
  key: string;
  candidates: Candidate[];
}

interface Candidate {
  /** Tells two files of the same size and time apart: the clock of a file system may stand still for some milliseconds. */
  inode?: number;
  size: number;
  mtimeMs: number;
  etag: string;
  description: ObjectDescription;
}

/** MD5 sums of files without a valid sidecar, remembered so that listing them again does not read them again. */
const MAX_REMEMBERED = 100_000;

/**
 * ETags and descriptions of objects, one small file each beside the buckets' trees (`<directory>/<bucket>/<2 hex>/<sha256 of the
 * key>.json`). An object needs none: what is written into a bucket's directory by another program has its MD5 as ETag.
 */
export class ObjectMetadata {
  private readonly directory: string;
  private readonly computed = new Map<string, { size: number; mtimeMs: number; etag: string }>();

  constructor(directory: string) {
    this.directory = directory;
  }

  private sidecarPath(bucket: string, key: string): string {
    const name = createHash('sha256').update(key).digest('hex');
    return path.join(this.directory, bucket, name.slice(0, 2), `${name}.json`);
  }

  /** ETag (without quotes) and description of the object in `file`, whose status is given. */
  async describe(bucket: string, key: string, file: string, status: Stats): Promise<{ etag: string; description: ObjectDescription }> {
    const candidates = (await this.read(bucket, key)).filter(isOf(status));
    // In a copy of the data directory no inode is the same: there size and time must do.
    const written = candidates.find(({ inode }) => inode === status.ino) ?? candidates[0];
    if (written) return { etag: written.etag, description: written.description };
    const known = this.computed.get(file);
    if (known?.size === status.size && known.mtimeMs === status.mtimeMs) return { etag: known.etag, description: {} };
    const etag = await md5Of(file);
    if (this.computed.size >= MAX_REMEMBERED) this.computed.clear();
    this.computed.set(file, { size: status.size, mtimeMs: status.mtimeMs, etag });
    return { etag, description: {} };
  }

  /**
   * Keeps the metadata of a file whose size and time will not change any more. `replaced`: the file that is the object until the new
   * one stands in its place, so that its own description stays valid until then. The name is on disk with the next sync of a folder,
   * which a write of the object ends with: a file system's journal keeps the order.
   */
  async write(bucket: string, key: string, status: Stats, etag: string, description: ObjectDescription, replaced?: Stats): Promise<void> {
    const earlier = replaced === undefined ? [] : (await this.read(bucket, key)).filter((candidate) => isOf(replaced)(candidate) && (candidate.inode ?? replaced.ino) === replaced.ino);
    const sidecar: Sidecar = { key, candidates: [{ inode: status.ino, size: status.size, mtimeMs: status.mtimeMs, etag, description }, ...earlier] };
    const file = this.sidecarPath(bucket, key);
    const temporary = `${file}.${randomUUID()}.tmp`;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, JSON.stringify(sidecar), { flush: true });
    await rename(temporary, file);
  }

  async remove(bucket: string, key: string): Promise<void> {
    await rm(this.sidecarPath(bucket, key), { force: true });
  }

  async removeBucket(bucket: string): Promise<void> {
    await rm(path.join(this.directory, bucket), { recursive: true, force: true });
  }

  private async read(bucket: string, key: string): Promise<Candidate[]> {
    const file = this.sidecarPath(bucket, key);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const sidecar = JSON.parse(text) as Sidecar | Candidate; // before 2026-11-22 a sidecar held one description alone
    return 'candidates' in sidecar ? sidecar.candidates : [sidecar];
  }
}

/** Size and time of the file described: where they differ, the file was replaced from outside and the description is void. */
const isOf =
  (status: Stats) =>
  ({ size, mtimeMs }: Candidate): boolean =>
    size === status.size && mtimeMs === status.mtimeMs;

export const md5Of = async (file: string): Promise<string> => {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

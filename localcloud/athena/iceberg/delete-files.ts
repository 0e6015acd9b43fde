import { CONTENT } from './manifests.ts';
import type { DataFile, ManifestEntry } from './manifests.ts';
import { partitionKey } from './partitions.ts';
import type { Field } from './types.ts';

/** The columns of a position delete file (https://iceberg.apache.org/spec/#position-delete-files), by their reserved field ids. */
export const FILE_PATH: Field = { id: 2147483546, name: 'file_path', required: true, type: 'string' };
export const POSITION: Field = { id: 2147483545, name: 'pos', required: true, type: 'long' };

/** The one data file that a position delete file is about, where it says so or its bounds do; null = any of its partition. */
export const referencedFileOf = (file: DataFile): string | null => {
  if (file.content !== CONTENT.positionDeletes) return null;
  if (file.referencedDataFile !== null) return file.referencedDataFile;
  const [lower, upper] = [file.lowerBounds.get(FILE_PATH.id), file.upperBounds.get(FILE_PATH.id)];
  return lower && upper?.equals(lower) ? lower.toString('utf8') : null;
};

const isAfter = (deletes: ManifestEntry, data: ManifestEntry): boolean =>
  deletes.file.content === CONTENT.equalityDeletes ? data.sequenceNumber < deletes.sequenceNumber : data.sequenceNumber <= deletes.sequenceNumber;

const mayName = (deletes: DataFile, path: string): boolean => {
  if (deletes.content !== CONTENT.positionDeletes) return true;
  const [lower, upper] = [deletes.lowerBounds.get(FILE_PATH.id), deletes.upperBounds.get(FILE_PATH.id)];
  const name = Buffer.from(path);
  return (!lower || Buffer.compare(lower, name) <= 0) && (!upper || Buffer.compare(upper, name) >= 0);
};

const NONE: readonly ManifestEntry[] = [];

/**
 * Delete files by the data files they concern (https://iceberg.apache.org/spec/#scan-planning): those of one data file by its
 * path, others by spec and partition, equality deletes of an unpartitioned spec everywhere.
 */
export class DeleteIndex {
  private readonly byPath = new Map<string, ManifestEntry[]>();
  private readonly byPartition = new Map<string, ManifestEntry[]>();
  private readonly everywhere: ManifestEntry[] = [];
  private readonly known = new Map<ManifestEntry, readonly ManifestEntry[]>();
  readonly all: readonly ManifestEntry[];
  readonly isUnpartitioned: (specId: number) => boolean;

  /** `isUnpartitioned` says so of a spec id. */
  constructor(deletes: readonly ManifestEntry[], isUnpartitioned: (specId: number) => boolean) {
    this.all = deletes;
    this.isUnpartitioned = isUnpartitioned;
    for (const entry of deletes) {
      const path = referencedFileOf(entry.file);
      if (path !== null) this.put(this.byPath, path, entry);
      else if (entry.file.content === CONTENT.equalityDeletes && isUnpartitioned(entry.specId)) this.everywhere.push(entry);
      else this.put(this.byPartition, partitionKey(entry.specId, entry.file.partition), entry);
    }
  }

  /** The delete files that a data file has to be read with. */
  of(data: ManifestEntry): readonly ManifestEntry[] {
    const known = this.known.get(data) ?? this.find(data);
    this.known.set(data, known);
    return known;
  }

  private find(data: ManifestEntry): readonly ManifestEntry[] {
    const named = this.byPath.get(data.file.path) ?? NONE;
    const near = this.byPartition.size === 0 ? NONE : (this.byPartition.get(partitionKey(data.specId, data.file.partition)) ?? NONE);
    return [...named, ...near.filter((entry) => mayName(entry.file, data.file.path)), ...this.everywhere].filter((entry) => isAfter(entry, data));
  }

  private put(map: Map<string, ManifestEntry[]>, key: string, entry: ManifestEntry): void {
    const known = map.get(key);
    if (known) known.push(entry);
    else map.set(key, [entry]);
  }
}

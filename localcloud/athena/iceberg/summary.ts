import { CONTENT } from './manifests.ts';
import type { DataFile } from './manifests.ts';
import { partitionKey } from './partitions.ts';

/** A file together with the partition spec it was written by. */
export interface PlacedFile {
  specId: number;
  file: DataFile;
}

const rowsOf = (files: readonly DataFile[]): bigint => files.reduce((sum, file) => sum + file.recordCount, 0n);
const bytesOf = (files: readonly DataFile[]): bigint => files.reduce((sum, file) => sum + file.sizeInBytes, 0n);

const byContent = (placed: readonly PlacedFile[]) => {
  const files = placed.map(({ file }) => file);
  const of = (content: number): DataFile[] => files.filter((file) => file.content === content);
  return { all: files, data: of(CONTENT.data), positions: of(CONTENT.positionDeletes), equalities: of(CONTENT.equalityDeletes) };
};

/**
 * A snapshot's summary under the names of the format (https://iceberg.apache.org/spec/#optional-snapshot-summary-fields); zeros
 * are left out of the changes, not of the totals. `total-records` counts the rows in data files, deleted ones too, as Iceberg
 * does. A total that the parent does not tell (another writer's) cannot be told here either.
 */
export const summarize = (operation: string, added: readonly PlacedFile[], removed: readonly PlacedFile[], parent: Readonly<Record<string, string>> | undefined): Record<string, string> => {
  const [plus, minus] = [byContent(added), byContent(removed)];
  const deleteFiles = (side: typeof plus): number => side.positions.length + side.equalities.length;
  const changes: Record<string, bigint | number> = {
    'added-data-files': plus.data.length,
    'deleted-data-files': minus.data.length,
    'added-delete-files': deleteFiles(plus),
    'removed-delete-files': deleteFiles(minus),
    'added-position-delete-files': plus.positions.length,
    'removed-position-delete-files': minus.positions.length,
    'removed-equality-delete-files': minus.equalities.length,
    'added-records': rowsOf(plus.data),
    'deleted-records': rowsOf(minus.data),
    'added-position-deletes': rowsOf(plus.positions),
    'removed-position-deletes': rowsOf(minus.positions),
    'removed-equality-deletes': rowsOf(minus.equalities),
    'added-files-size': bytesOf(plus.all),
    'removed-files-size': bytesOf(minus.all),
    'changed-partition-count': new Set([...added, ...removed].map(({ specId, file }) => partitionKey(specId, file.partition))).size,
  };
  const totals: Record<string, bigint> = {
    'total-records': rowsOf(plus.data) - rowsOf(minus.data),
    'total-files-size': bytesOf(plus.all) - bytesOf(minus.all),
    'total-data-files': BigInt(plus.data.length - minus.data.length),
    'total-delete-files': BigInt(deleteFiles(plus) - deleteFiles(minus)),
    'total-position-deletes': rowsOf(plus.positions) - rowsOf(minus.positions),
    'total-equality-deletes': rowsOf(plus.equalities) - rowsOf(minus.equalities),
  };
  const known = parent ?? Object.fromEntries(Object.keys(totals).map((key) => [key, '0']));
  return {
    operation,
    ...Object.fromEntries(Object.entries(changes).flatMap(([key, value]) => (BigInt(value) === 0n ? [] : [[key, String(value)]]))),
    ...Object.fromEntries(Object.entries(totals).flatMap(([key, change]) => (known[key] === undefined ? [] : [[key, String(BigInt(known[key]) + change)]]))),
  };
};

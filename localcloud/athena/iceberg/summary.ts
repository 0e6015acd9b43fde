import { CONTENT } from './manifests.ts';
import type { DataFile } from './manifests.ts';

const rowsOf = (files: readonly DataFile[]): bigint => files.reduce((sum, file) => sum + file.recordCount, 0n);
const bytesOf = (files: readonly DataFile[]): bigint => files.reduce((sum, file) => sum + file.sizeInBytes, 0n);

/** A snapshot's summary under the names of the format (https://iceberg.apache.org/spec/#optional-snapshot-summary-fields); zeros are left out of the changes, not of the totals. */
export const summarize = (
  operation: string,
  added: readonly DataFile[],
  removed: readonly DataFile[],
  parent: Readonly<Record<string, string>> | undefined,
  partitionKey: (file: DataFile) => string,
): Record<string, string> => {
  const removedData = removed.filter((file) => file.content === CONTENT.data);
  const removedDeletes = removed.filter((file) => file.content !== CONTENT.data);
  const changes: Record<string, bigint | number> = {
    'added-data-files': added.length,
    'deleted-data-files': removedData.length,
    'added-records': rowsOf(added),
    'deleted-records': rowsOf(removedData),
    'removed-delete-files': removedDeletes.length,
    'removed-position-deletes': rowsOf(removedDeletes),
    'added-files-size': bytesOf(added),
    'removed-files-size': bytesOf(removed),
    'changed-partition-count': new Set([...added, ...removed].map(partitionKey)).size,
  };
  const total = (key: string, change: bigint): string => String(BigInt(parent?.[key] ?? 0) + change);
  return {
    operation,
    ...Object.fromEntries(Object.entries(changes).flatMap(([key, value]) => (BigInt(value) === 0n ? [] : [[key, String(value)]]))),
    'total-records': total('total-records', rowsOf(added) - rowsOf(removedData)),
    'total-files-size': total('total-files-size', bytesOf(added) - bytesOf(removed)),
    'total-data-files': total('total-data-files', BigInt(added.length - removedData.length)),
    'total-delete-files': total('total-delete-files', BigInt(-removedDeletes.length)),
    'total-position-deletes': total('total-position-deletes', -rowsOf(removedDeletes)),
    'total-equality-deletes': total('total-equality-deletes', 0n),
  };
};

import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ObjectStore } from '../core/ports.ts';
import type { AthenaCatalog, TableName } from './catalog.ts';

/** An entry's status where its snapshot added the file: https://iceberg.apache.org/spec/#manifest-entry-fields */
const ADDED = 1;

/** URIs of the files, with data or deletes, that a commit added; none where it committed nothing or the table is gone meanwhile. */
export const filesOfSnapshot = (catalog: AthenaCatalog, name: TableName, snapshotId: bigint | null): string[] => {
  const entry = catalog.find(name);
  if (snapshotId === null || entry?.kind !== 'iceberg') return [];
  const table = catalog.iceberg(entry.metadataLocation);
  // Another statement may have expired it already.
  const snapshot = table.metadata.snapshots.find((candidate) => candidate['snapshot-id'] === snapshotId);
  const own = table.manifests(snapshot).filter((manifest) => manifest.added_snapshot_id === snapshotId);
  return own.flatMap((manifest) => table.entries(manifest).flatMap(({ status, file }) => (status === ADDED ? [file.path] : [])));
};

/** URIs of all files below a folder of the store. */
export const filesBelow = (store: Pick<ObjectStore, 'uriOf'>, folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => store.uriOf(path.join(entry.parentPath, entry.name)))
    .sort();

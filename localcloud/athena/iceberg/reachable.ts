import path from 'node:path';
import { STATUS } from './manifests.ts';
import type { IcebergTable } from './table.ts';

/** URIs of all files that a state of a table names: its metadata and their log, and all that some snapshot needs. */
const namedUris = (table: IcebergTable): Set<string> => {
  const { metadata } = table;
  const uris = new Set([table.metadataLocation, ...metadata['metadata-log'].map((entry) => entry['metadata-file'])]);
  for (const { 'statistics-path': uri } of [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])]) uris.add(uri);
  for (const snapshot of metadata.snapshots) {
    uris.add(snapshot['manifest-list']);
    for (const manifest of table.manifests(snapshot)) {
      if (uris.has(manifest.manifest_path)) continue; // of an earlier snapshot, carried over
      uris.add(manifest.manifest_path);
      for (const entry of table.entries(manifest)) if (entry.status !== STATUS.deleted) uris.add(entry.file.path);
    }
  }
  return uris;
};

/** The same as local paths. */
export const reachable = (table: IcebergTable): Set<string> => new Set([...namedUris(table)].map((uri) => path.normalize(table.files.fileOf(uri))));

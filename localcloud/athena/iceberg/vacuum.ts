import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { commitError, commitMetadata } from './commit.ts';
import type { CommitSession } from './commit.ts';
import { CommitConflict } from './errors.ts';
import { STATUS, forgetManifests } from './manifests.ts';
import { ancestorsOf } from './metadata-tables.ts';
import { metadataVersion, nextMetadata } from './metadata.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import { IcebergTable } from './table.ts';

interface Limits {
  /** Snapshots of the current line that stay, however old. */
  keep: number;
  /** Snapshots later than this (epoch ms) stay. */
  cutoffMs: number;
  metadataFiles: number;
}

const limitsOf = (table: IcebergTable, nowMs: number): Limits => {
  const property = (key: string, fallback: number): number => Number(table.properties[key] ?? fallback);
  return {
    keep: property('vacuum_min_snapshots_to_keep', 1),
    cutoffMs: nowMs - 1000 * property('vacuum_max_snapshot_age_seconds', 432_000),
    metadataFiles: property('vacuum_max_metadata_files_to_keep', 100),
  };
};

const retained = (table: IcebergTable, limits: Limits): Snapshot[] => {
  const newest = new Set([...ancestorsOf(table)].slice(0, limits.keep));
  for (const reference of Object.values(table.metadata.refs)) newest.add(reference['snapshot-id']);
  return table.metadata.snapshots.filter((snapshot) => snapshot['timestamp-ms'] > limits.cutoffMs || newest.has(snapshot['snapshot-id']));
};

/** The log must not skip a state: it begins after the last one that is gone (spec "Snapshot log"). */
const logSince = (metadata: TableMetadata, kept: ReadonlySet<bigint>): TableMetadata['snapshot-log'] => {
  const log = metadata['snapshot-log'];
  return log.slice(log.findLastIndex((entry) => !kept.has(entry['snapshot-id'])) + 1);
};

/** Local paths of all files some snapshot of a table needs. */
const reachable = (table: IcebergTable): Set<string> => {
  const uris = new Set<string>();
  for (const snapshot of table.metadata.snapshots) {
    uris.add(snapshot['manifest-list']);
    for (const manifest of table.manifests(snapshot)) {
      uris.add(manifest.manifest_path);
      for (const entry of table.entries(manifest)) if (entry.status !== STATUS.deleted) uris.add(entry.file.path);
    }
  }
  return new Set([...uris].map((uri) => path.normalize(table.files.fileOf(uri))));
};

const filesBelow = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

/**
 * Whether a file below the table's folder may go. A metadata file: where it is older than all the log names, for one in the
 * making is newer. Others: where no snapshot needs them, and they are either known to have expired now, or so old that
 * they cannot belong to a statement under way.
 */
const isGarbage = (file: string, table: IcebergTable, needed: ReadonlySet<string>, expired: ReadonlySet<string>, limits: Limits): boolean => {
  if (file.endsWith('.metadata.json')) {
    const oldest = Math.min(metadataVersion(table.metadataLocation), ...table.metadata['metadata-log'].map((entry) => metadataVersion(entry['metadata-file'])));
    const version = metadataVersion(file);
    return version >= 0 && version < oldest;
  }
  if (needed.has(file)) return false;
  return expired.has(file) || statSync(file).mtimeMs < limits.cutoffMs;
};

/**
 * VACUUM: expires snapshots beyond vacuum_max_snapshot_age_seconds (432,000) and vacuum_min_snapshots_to_keep (1), and removes the
 * files that only they needed, metadata files beyond vacuum_max_metadata_files_to_keep (100), and orphans as old as that.
 * The current snapshot and those with a branch or tag stay.
 */
export const vacuum = (session: CommitSession): { expiredSnapshots: number; deletedFiles: number } => {
  const before = IcebergTable.load(session.files, session.pointer.current());
  const limits = limitsOf(before, session.clock().getTime());
  const snapshots = retained(before, limits);
  const expiredSnapshots = before.metadata.snapshots.length - snapshots.length;
  const candidates = expiredSnapshots > 0 ? reachable(before) : new Set<string>();
  const after = shrink(session, before, snapshots, limits);
  const needed = reachable(after);
  const root = session.files.fileOf(after.location);
  const garbage = ['data', 'metadata'].flatMap((folder) => filesBelow(path.join(root, folder))).filter((file) => isGarbage(file, after, needed, candidates, limits));
  for (const file of garbage) rmSync(file, { force: true });
  forgetManifests(garbage);
  return { expiredSnapshots, deletedFiles: garbage.length };
};

/** Metadata without the expired snapshots and with a short log; the same table where nothing changes. */
const shrink = (session: CommitSession, table: IcebergTable, snapshots: Snapshot[], limits: Limits): IcebergTable => {
  const { metadata } = table;
  const logLength = Math.max(limits.metadataFiles - 1, 1);
  if (snapshots.length === metadata.snapshots.length && metadata['metadata-log'].length <= limits.metadataFiles) return table;
  const kept = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const next = nextMetadata(metadata, table.metadataLocation, session.clock().getTime(), { snapshots, 'snapshot-log': logSince(metadata, kept) });
  try {
    return commitMetadata(session, table, { ...next, 'metadata-log': next['metadata-log'].slice(-logLength) });
  } catch (error) {
    throw error instanceof CommitConflict ? commitError(session, table, error) : error;
  }
};

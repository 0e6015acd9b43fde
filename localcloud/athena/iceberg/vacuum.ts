import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { commitError, commitMetadata } from './commit.ts';
import type { CommitSession } from './commit.ts';
import { CommitConflict } from './errors.ts';
import { forgetManifests } from './manifests.ts';
import { metadataVersion, nextMetadata } from './metadata.ts';
import type { TableMetadata } from './metadata.ts';
import { reachable } from './reachable.ts';
import { retainedSnapshots } from './retention.ts';
import { IcebergTable } from './table.ts';
import { isMark, youngerAreUnderWay } from './under-way.ts';

interface Limits {
  /** Snapshots of the current line that stay, however old. */
  keep: number;
  /** Snapshots later than this stay (epoch ms, the session's clock). */
  cutoffMs: number;
  /** Metadata files that stay beside the current one. */
  oldMetadataFiles: number;
}

/** Files removed in one run, by Athena's ICEBERG_VACUUM_MORE_RUNS_NEEDED: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html */
const FILES_PER_RUN = 20_000;

/** Athena's properties and their defaults: https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html */
const limitsOf = (table: IcebergTable, nowMs: number): Limits => {
  const property = (key: string, fallback: number): number => Number(table.properties[key] ?? fallback);
  return {
    keep: property('vacuum_min_snapshots_to_keep', 1),
    cutoffMs: nowMs - 1000 * property('vacuum_max_snapshot_age_seconds', 432_000),
    oldMetadataFiles: property('vacuum_max_metadata_files_to_keep', 100),
  };
};

/** The log must not skip a state: it begins after the last one that is gone (spec "Snapshot log"). */
const logSince = (metadata: TableMetadata, kept: ReadonlySet<bigint>): TableMetadata['snapshot-log'] => {
  const log = metadata['snapshot-log'];
  return log.slice(log.findLastIndex((entry) => !kept.has(entry['snapshot-id'])) + 1);
};

/** Metadata without the expired snapshots and with a short log; the same table where nothing changes. */
const shrink = (session: CommitSession, table: IcebergTable, limits: Limits): IcebergTable => {
  const { metadata } = table;
  const { snapshots, refs } = retainedSnapshots(table, { keep: limits.keep, cutoffMs: limits.cutoffMs, nowMs: session.clock().getTime() });
  const isSame = snapshots.length === metadata.snapshots.length && Object.keys(refs).length === Object.keys(metadata.refs).length;
  if (isSame && metadata['metadata-log'].length <= limits.oldMetadataFiles) return table;
  const kept = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const next = nextMetadata(metadata, table.metadataLocation, session.clock().getTime(), {
    snapshots,
    refs,
    'snapshot-log': logSince(metadata, kept),
    ...statisticsOf(metadata, kept),
  });
  const log = limits.oldMetadataFiles === 0 ? [] : next['metadata-log'].slice(-limits.oldMetadataFiles);
  return commitMetadata(session, table, { ...next, 'metadata-log': log });
};

/** Another engine's statistics files, of the snapshots that stay. */
const statisticsOf = (metadata: TableMetadata, kept: ReadonlySet<bigint>): Partial<TableMetadata> => ({
  ...(metadata.statistics ? { statistics: metadata.statistics.filter((entry) => kept.has(entry['snapshot-id'])) } : {}),
  ...(metadata['partition-statistics'] ? { 'partition-statistics': metadata['partition-statistics'].filter((entry) => kept.has(entry['snapshot-id'])) } : {}),
});

const MAX_ATTEMPTS = 20;

/** Expiry depends on nothing that others write meanwhile but the refs: after a lost race it is done anew on the newer state. */
const shrinkRetrying = (session: CommitSession): { before: IcebergTable; after: IcebergTable; limits: Limits } => {
  for (let attempt = 1; ; attempt += 1) {
    const before = IcebergTable.loadCurrent(session.files, session.pointer);
    const limits = limitsOf(before, session.clock().getTime());
    try {
      return { before, after: shrink(session, before, limits), limits };
    } catch (error) {
      if (!(error instanceof CommitConflict)) throw error;
      if (attempt >= MAX_ATTEMPTS) throw commitError(session, before, error);
    }
  }
};

const filesBelow = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [])) : [];

interface Orphans {
  needed: ReadonlySet<string>;
  /** What only expired snapshots needed: nothing reads it any more, however young. */
  expired: ReadonlySet<string>;
  /** Files as young as this may belong to a statement under way (epoch ms, the file system's). */
  youngMs: number;
  /** The oldest version the metadata log names; files before it are no longer wanted, whoever made them. */
  oldestVersion: number;
}

const isGarbage = (file: string, orphans: Orphans): boolean => {
  if (orphans.needed.has(file) || isMark(file) || path.basename(file) === 'version-hint.text') return false;
  if (orphans.expired.has(file)) return true;
  const version = metadataVersion(file);
  if (version >= 0 && version < orphans.oldestVersion) return true;
  const modifiedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return modifiedMs !== undefined && modifiedMs < orphans.youngMs;
};

const oldestVersion = (table: IcebergTable): number => Math.min(...[table.metadataLocation, ...table.metadata['metadata-log'].map((entry) => entry['metadata-file'])].map(metadataVersion));

/** Folders in which statements that died had DuckDB write; empty folders mean nothing, but the next look at them costs time. */
const deadStages = (dataFolder: string, youngMs: number): string[] => {
  const stages = namesIn(dataFolder).filter((name) => name.startsWith('.stage-')).map((name) => path.join(dataFolder, name));
  return stages.filter((stage) => (statSync(stage, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < youngMs);
};

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

export interface VacuumResult {
  expiredSnapshots: number;
  deletedFiles: number;
  /** More files than one run removes were left: run it again. */
  moreRunsNeeded: boolean;
}

/**
 * VACUUM: expires snapshots beyond vacuum_max_snapshot_age_seconds (432,000) and vacuum_min_snapshots_to_keep (1), and removes the
 * files that only they needed, old metadata files beyond vacuum_max_metadata_files_to_keep (100), and orphans older than that age,
 * at most 20,000 files a run; a file that may not be deleted stays, and nothing is said of it, as in Athena. Branches and tags stay as their own retention says. Files of statements under way, of whatever
 * process, are never touched. A crash after the commit leaves files that the next run finds.
 *
 * Throws IcebergError ICEBERG_COMMIT_ERROR where other writers are always faster.
 */
export const vacuum = (session: CommitSession): VacuumResult => {
  // Before the state is read: what is committed from here on is younger than this.
  const underWayMs = youngerAreUnderWay(session.files, IcebergTable.loadCurrent(session.files, session.pointer).location);
  const { before, after, limits } = shrinkRetrying(session);
  const expiredSnapshots = before.metadata.snapshots.length - after.metadata.snapshots.length;
  const youngMs = Math.min(underWayMs, limits.cutoffMs);
  const orphans: Orphans = { needed: reachable(after), expired: expiredSnapshots > 0 ? reachable(before) : new Set(), youngMs, oldestVersion: oldestVersion(after) };
  const root = session.files.fileOf(after.location);
  const stages = deadStages(path.join(root, 'data'), youngMs);
  const garbage = ['data', 'metadata'].flatMap((folder) => filesBelow(path.join(root, folder))).filter((file) => isGarbage(file, orphans));
  const { access } = session.files;
  const removed = garbage.filter((file) => access?.mayDelete(session.files.uriOf(file)) ?? true).slice(0, FILES_PER_RUN);
  for (const file of removed) rmSync(file, { force: true });
  for (const stage of stages) rmSync(stage, { recursive: true, force: true });
  forgetManifests(removed);
  return { expiredSnapshots, deletedFiles: removed.length, moreRunsNeeded: removed.length === FILES_PER_RUN && garbage.length > removed.length };
};

import { CommitConflict, CommitRefused, CommitStateUnknown, IcebergError } from './errors.ts';
import { CONTENT, STATUS, writeManifest, writeManifestList } from './manifests.ts';
import type { DataFile, ManifestContent, ManifestEntry, ManifestFile, NewEntry } from './manifests.ts';
import { newSnapshotId, nextMetadata, writeMetadata } from './metadata.ts';
import type { Snapshot, TableMetadata } from './metadata.ts';
import { syncFolders } from './new-file.ts';
import type { IcebergSession } from './session.ts';
import { summarize } from './summary.ts';
import type { PlacedFile } from './summary.ts';
import { IcebergTable } from './table.ts';
import { markUnderWay, settled } from './under-way.ts';
import { discard } from './write-data.ts';

export interface SnapshotChange {
  operation: 'append' | 'overwrite' | 'delete' | 'replace';
  /** New data files, of the table's default partition spec, written and synced. */
  added: readonly DataFile[];
  /** New delete files, each of the spec of the data files it is about, written and synced. */
  addedDeletes?: readonly PlacedFile[];
  /** URIs of data and delete files that are no longer part of the table. */
  removed: ReadonlySet<string>;
}

export type CommitSession = Pick<IcebergSession, 'files' | 'pointer' | 'clock' | 'tableName'>;

/** Manifests of one spec above this number are merged into one (Iceberg's commit.manifest.min-count-to-merge). */
const MANIFESTS_TO_MERGE = 100;

/** Identity of the commit under way, and all files written for it so far. */
interface Commit {
  table: IcebergTable;
  snapshotId: bigint;
  sequenceNumber: bigint;
  written: string[];
}

const writeEntries = (commit: Commit, manifest: ManifestContent): ManifestFile => {
  const written = writeManifest(commit.table.files, commit.table.metadata, commit, manifest);
  commit.written.push(written.manifest_path);
  return written;
};

const addedEntry = (commit: Commit, { specId, file }: PlacedFile): NewEntry => ({ status: STATUS.added, snapshotId: commit.snapshotId, sequenceNumber: null, fileSequenceNumber: null, specId, file });

/** The change's new files with their specs. */
const addedFiles = (table: IcebergTable, change: SnapshotChange): PlacedFile[] => [
  ...change.added.map((file) => ({ specId: table.metadata['default-spec-id'], file })),
  ...(change.addedDeletes ?? []),
];

/** Manifests of new files: one for data, and one for the deletes of each spec. */
const addedManifests = (commit: Commit, files: readonly PlacedFile[]): ManifestFile[] => {
  const groups = new Map<string, { specId: number; content: ManifestContent['content']; entries: NewEntry[] }>();
  for (const placed of files) {
    const content = placed.file.content === CONTENT.data ? 'data' : 'deletes';
    const key = `${content} ${placed.specId}`;
    const group = groups.get(key) ?? { specId: placed.specId, content, entries: [] };
    group.entries.push(addedEntry(commit, placed));
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => writeEntries(commit, group));
};

const isLive = (entry: ManifestEntry): boolean => entry.status !== STATUS.deleted;

/** The base's manifests without the removed files: those that hold one are written anew, the others are kept as they are. */
const keptManifests = (commit: Commit, removed: ReadonlySet<string>): { manifests: ManifestFile[]; gone: PlacedFile[] } => {
  const manifests: ManifestFile[] = [];
  const gone: PlacedFile[] = [];
  for (const manifest of commit.table.manifests(commit.table.currentSnapshot())) {
    // Without removals nothing need be read: a manifest is carried over if it holds a live file.
    if (removed.size === 0) {
      if (manifest.added_files_count + manifest.existing_files_count > 0) manifests.push(manifest);
      continue;
    }
    const live = commit.table.entries(manifest).filter(isLive);
    const leaving = live.filter((entry) => removed.has(entry.file.path));
    gone.push(...leaving);
    if (leaving.length === 0) {
      if (live.length > 0) manifests.push(manifest);
      continue;
    }
    const entries = live.map((entry) => (removed.has(entry.file.path) ? { ...entry, status: STATUS.deleted, snapshotId: commit.snapshotId } : { ...entry, status: STATUS.existing }));
    manifests.push(writeEntries(commit, { specId: manifest.partition_spec_id, content: manifest.content === 0 ? 'data' : 'deletes', entries }));
  }
  if (gone.length !== removed.size) throw new CommitConflict(`Missing required files to delete: ${removed.size - gone.length} of ${removed.size}`);
  return { manifests, gone };
};

/** Many small commits leave many small manifests; a scan should not have to open them all. */
const mergeManifests = (commit: Commit, manifests: readonly ManifestFile[]): ManifestFile[] => {
  const groups = new Map<string, ManifestFile[]>();
  for (const manifest of manifests.filter((candidate) => candidate.deleted_files_count === 0)) {
    const key = `${manifest.content} ${manifest.partition_spec_id}`;
    groups.set(key, [...(groups.get(key) ?? []), manifest]);
  }
  const large = [...groups.values()].filter((group) => group.length >= MANIFESTS_TO_MERGE);
  const merged = large.map((group) => {
    const entries = group.flatMap((manifest) => commit.table.entries(manifest).filter(isLive)).map((entry) => ({ ...entry, status: STATUS.existing }));
    return writeEntries(commit, { specId: group[0]?.partition_spec_id ?? 0, content: group[0]?.content === 0 ? 'data' : 'deletes', entries });
  });
  return [...merged, ...manifests.filter((manifest) => !large.some((group) => group.includes(manifest)))];
};

const withSnapshot = (base: IcebergTable, snapshot: Snapshot, nowMs: number): TableMetadata => {
  const { metadata } = base;
  const id = snapshot['snapshot-id'];
  const next = nextMetadata(metadata, base.metadataLocation, nowMs, {
    'last-sequence-number': snapshot['sequence-number'],
    'current-snapshot-id': id,
    refs: { ...metadata.refs, main: { ...metadata.refs['main'], 'snapshot-id': id, type: 'branch' } },
  });
  const timestamp = next['last-updated-ms'];
  return {
    ...next,
    snapshots: [...metadata.snapshots, { ...snapshot, 'timestamp-ms': timestamp }],
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': id }],
  };
};

const swapPointer = (session: CommitSession, base: IcebergTable, metadata: TableMetadata): IcebergTable => {
  const location = writeMetadata(session.files, metadata, base.metadataLocation);
  syncFolders([session.files.fileOf(location)], session.files.fileOf(base.location));
  try {
    session.pointer.swap(base.metadataLocation, location);
  } catch (cause) {
    if (!(cause instanceof CommitConflict || cause instanceof CommitRefused)) throw new CommitStateUnknown(`cannot tell whether ${location} was committed`, { cause });
    discard(session.files, [location]);
    throw cause;
  }
  return new IcebergTable(session.files, location, metadata);
};

/** Does the synchronous part of a commit under a mark, so that no VACUUM of another process takes its files for orphans. */
const underWay = <T>(session: CommitSession, base: IcebergTable, commit: () => T): T => {
  const end = markUnderWay(session.files, base.location);
  try {
    return commit();
  } finally {
    end();
  }
};

/**
 * Writes the metadata that follows `base` and moves the pointer to it. Throws CommitConflict where another writer was first
 * (the file is deleted again), CommitStateUnknown where it cannot be told whether the pointer moved.
 */
export const commitMetadata = (session: CommitSession, base: IcebergTable, metadata: TableMetadata): IcebergTable => underWay(session, base, () => swapPointer(session, base, metadata));

const writeSnapshot = (commit: Commit, change: SnapshotChange): Snapshot => {
  const { table } = commit;
  const parent = table.currentSnapshot();
  const parentId = parent?.['snapshot-id'];
  const { manifests: kept, gone } = keptManifests(commit, change.removed);
  const merged = mergeManifests(commit, kept);
  const added = addedFiles(table, change);
  const list = writeManifestList(table.files, table.location, { ...commit, parentId }, [...addedManifests(commit, added), ...merged]);
  commit.written.push(list);
  return {
    'sequence-number': Number(commit.sequenceNumber),
    'snapshot-id': commit.snapshotId,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'timestamp-ms': 0, // set with the metadata's own time
    summary: summarize(change.operation, added, gone, parent?.summary),
    'manifest-list': list,
    'schema-id': table.metadata['current-schema-id'],
  };
};

/**
 * Commits one snapshot on top of `base`: manifests, manifest list, metadata, then the pointer. A crash before the last step
 * leaves the old state and some orphan files. Throws CommitConflict where another writer was first; manifests are deleted
 * then, the data files are the caller's.
 */
export const commitSnapshot = (session: CommitSession, base: IcebergTable, change: SnapshotChange): bigint => underWay(session, base, () => tryCommit(session, base, change));

const tryCommit = (session: CommitSession, base: IcebergTable, change: SnapshotChange): bigint => {
  // Of a base that is no longer current even the manifests may be gone: another's VACUUM took them.
  if (session.pointer.current() !== base.metadataLocation) throw new CommitConflict(`${base.metadataLocation} is not current`);
  const commit: Commit = {
    table: base,
    snapshotId: newSnapshotId(base.metadata.snapshots),
    sequenceNumber: BigInt(base.metadata['last-sequence-number'] + 1),
    written: [],
  };
  try {
    const snapshot = writeSnapshot(commit, change);
    const files = [...commit.written, ...addedFiles(base, change).map(({ file }) => file.path)].map((uri) => session.files.fileOf(uri));
    syncFolders(files, session.files.fileOf(base.location));
    swapPointer(session, base, withSnapshot(base, snapshot, session.clock().getTime()));
    return commit.snapshotId;
  } catch (error) {
    if (!(error instanceof CommitStateUnknown)) discard(session.files, commit.written);
    throw error;
  }
};

/** A lost race as the statement's user sees it. */
export const commitError = (session: CommitSession, table: IcebergTable, cause: unknown): IcebergError =>
  new IcebergError('ICEBERG_COMMIT_ERROR', `Failed to commit Iceberg update to table: ${session.tableName ?? table.location}`, { cause });

/** Ends a statement's part in its new files: they are the table's now, or else are deleted, unless nobody knows which. */
const settle = (session: CommitSession, table: IcebergTable, change: SnapshotChange, error?: unknown): void => {
  const uris = addedFiles(table, change).map(({ file }) => file.path);
  if (error !== undefined && !(error instanceof CommitStateUnknown)) discard(session.files, uris);
  settled(uris.map((uri) => session.files.fileOf(uri)));
};

/**
 * Commits the rewrite of rows read from `base`. Where another writer was first, what was read may be out of date: the
 * statement ends with ICEBERG_COMMIT_ERROR, as in Athena, and its new files are deleted.
 */
export const commitRewrite = (session: CommitSession, base: IcebergTable, change: SnapshotChange): bigint => {
  try {
    const snapshotId = commitSnapshot(session, base, change);
    settle(session, base, change);
    return snapshotId;
  } catch (error) {
    settle(session, base, change, error);
    throw error instanceof CommitConflict ? commitError(session, base, error) : error;
  }
};

const MAX_ATTEMPTS = 20;

/** Files written for one state of a table fit another only where it is still that table, with the same columns and partitioning. */
const isSameLayout = (a: IcebergTable, b: IcebergTable): boolean =>
  a.metadata['table-uuid'] === b.metadata['table-uuid'] && a.metadata['current-schema-id'] === b.metadata['current-schema-id'] && a.metadata['default-spec-id'] === b.metadata['default-spec-id'] && a.location === b.location;

/** Whether rows of files that a change replaces were deleted after `base`: the change would bring them back. */
const hasNewDeletes = (base: IcebergTable, newer: IcebergTable, change: SnapshotChange): boolean => {
  if (change.removed.size === 0) return false;
  const known = new Set(base.planFiles().deletes.map((entry) => entry.file.path));
  const { data, deleteIndex } = newer.planFiles();
  const replaced = data.filter((entry) => change.removed.has(entry.file.path));
  return replaced.some((entry) => deleteIndex.of(entry).some((deletes) => !known.has(deletes.file.path)));
};

/**
 * Commits a change that does not depend on what others wrote meanwhile: an append, or the compaction of files that are still
 * there, without new deletes. After a lost race it is tried again on the newer state. Ends with ICEBERG_COMMIT_ERROR where
 * that cannot help.
 */
export const commitRetrying = (session: CommitSession, base: IcebergTable, change: SnapshotChange): bigint => {
  let table = base;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const snapshotId = commitSnapshot(session, table, change);
      settle(session, base, change);
      return snapshotId;
    } catch (error) {
      const newer = error instanceof CommitConflict && attempt < MAX_ATTEMPTS ? stateToRetryOn(session, base, table, change) : undefined;
      if (newer) {
        table = newer;
        continue;
      }
      settle(session, base, change, error);
      throw error instanceof CommitConflict ? commitError(session, base, error) : error;
    }
  }
};

/** The table as others have left it, where the change still fits it; undefined where it does not, or where the table is gone. */
const stateToRetryOn = (session: CommitSession, base: IcebergTable, tried: IcebergTable, change: SnapshotChange): IcebergTable | undefined => {
  let newer: IcebergTable;
  try {
    newer = IcebergTable.loadCurrent(session.files, session.pointer);
  } catch (error) {
    // Dropped meanwhile, its files with it: the pointer says so by a conflict, a missing metadata file by an IcebergError.
    if (error instanceof CommitConflict || error instanceof IcebergError) return undefined;
    throw error;
  }
  const fits = newer.metadataLocation !== tried.metadataLocation && isSameLayout(base, newer) && !hasNewDeletes(base, newer, change);
  return fits ? newer : undefined;
};

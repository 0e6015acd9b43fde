import { isSafeNumber, parse, stringify } from 'lossless-json';

/** Iceberg's table metadata as far as it is read here; everything else is carried along. Snapshot ids have 63 bits: bigint where a number cannot hold them. */
export interface TableMetadata {
  'current-snapshot-id'?: number | bigint | null;
  'last-updated-ms': number;
  refs?: Record<string, { 'snapshot-id': number | bigint; type: string }>;
  snapshots?: { 'snapshot-id': number | bigint }[];
  'snapshot-log'?: { 'timestamp-ms': number; 'snapshot-id': number | bigint }[];
  'metadata-log'?: { 'timestamp-ms': number; 'metadata-file': string }[];
  [member: string]: unknown;
}

export const parseTableMetadata = (text: string): TableMetadata => parse(text, undefined, (digits) => (isSafeNumber(digits) ? Number(digits) : BigInt(digits))) as TableMetadata;

/** @throws Error never: metadata that was parsed can be printed. */
export const printTableMetadata = (metadata: TableMetadata): string => stringify(metadata) ?? '';

/** The current snapshot's id as text; null for an empty table (absent, null or -1: Iceberg spec, table metadata fields). */
export const currentSnapshotOf = (metadata: TableMetadata): string | null => {
  const id = metadata['current-snapshot-id'];
  return id === undefined || id === null || BigInt(id) === -1n ? null : BigInt(id).toString();
};

const findSnapshot = ({ snapshots = [] }: TableMetadata, target: string) => snapshots.find((snapshot) => BigInt(snapshot['snapshot-id']).toString() === target);

/** Can the table go back to a snapshot? null, before the first one, is always there. */
export const hasSnapshot = (metadata: TableMetadata, target: string | null): boolean => target === null || findSnapshot(metadata, target) !== undefined;

/**
 * New metadata whose current snapshot is an older one, as `rollback_to_snapshot` makes it: every snapshot stays, the main
 * branch and the log say which one is current.
 *
 * Its time is the latest one the metadata knows, not a clock's: Iceberg refuses metadata more than a minute older than an entry of its
 * logs (TableMetadata: `Invalid update timestamp …: before last snapshot log entry`), so a clock ahead of Athena's would keep every
 * MERGE from committing until Athena's has caught up.
 * @param target a snapshot of the table, as text; null: the table as it was before its first
 * @throws Error where the table has no such snapshot (it was expired)
 */
export const rolledBack = (metadata: TableMetadata, location: string, target: string | null): TableMetadata => {
  const log = metadata['snapshot-log'] ?? [];
  const time = Math.max(metadata['last-updated-ms'], log.at(-1)?.['timestamp-ms'] ?? 0);
  const { main, ...branches } = metadata.refs ?? {};
  const common = {
    ...metadata,
    'last-updated-ms': time,
    'metadata-log': [...(metadata['metadata-log'] ?? []), { 'timestamp-ms': metadata['last-updated-ms'], 'metadata-file': location }],
  };
  if (target === null) return { ...common, 'current-snapshot-id': -1, refs: branches, 'snapshot-log': [] };
  const id = findSnapshot(metadata, target)?.['snapshot-id'];
  if (id === undefined) throw new Error(`snapshot ${target} is no longer in the table's metadata ${location}`);
  return {
    ...common,
    'current-snapshot-id': id,
    refs: { ...branches, main: { ...main, 'snapshot-id': id, type: 'branch' } },
    'snapshot-log': [...log, { 'timestamp-ms': time, 'snapshot-id': id }],
  };
};

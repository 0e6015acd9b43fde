import { NO_SNAPSHOT } from './metadata.ts';
import type { Snapshot, SnapshotReference, TableMetadata } from './metadata.ts';
import type { IcebergTable } from './table.ts';

export interface Retention {
  /** Snapshots of a branch that stay, however old. */
  keep: number;
  /** Snapshots later than this stay (epoch ms). */
  cutoffMs: number;
  nowMs: number;
}

/** References that have not outlived their max-ref-age-ms; `main` never does. */
const retainedRefs = (metadata: TableMetadata, byId: ReadonlyMap<bigint, Snapshot>, nowMs: number): TableMetadata['refs'] =>
  Object.fromEntries(
    Object.entries(metadata.refs).filter(([name, reference]) => {
      const snapshot = byId.get(reference['snapshot-id']);
      const maxAgeMs = reference['max-ref-age-ms'];
      return name === 'main' || maxAgeMs === undefined || snapshot === undefined || nowMs - snapshot['timestamp-ms'] <= maxAgeMs;
    }),
  );

/** A branch's snapshots that stay: the newest, and older ones until the first that is neither young nor among those to keep. */
const retainedOfBranch = (byId: ReadonlyMap<bigint, Snapshot>, branch: SnapshotReference, retention: Retention): bigint[] => {
  const keep = branch['min-snapshots-to-keep'] ?? retention.keep;
  const maxAgeMs = branch['max-snapshot-age-ms'];
  const cutoffMs = maxAgeMs === undefined ? retention.cutoffMs : retention.nowMs - maxAgeMs;
  const kept: bigint[] = [];
  for (let snapshot = byId.get(branch['snapshot-id']); snapshot; snapshot = byId.get(snapshot['parent-snapshot-id'] ?? NO_SNAPSHOT)) {
    if (kept.length >= Math.max(keep, 1) && snapshot['timestamp-ms'] <= cutoffMs) break;
    kept.push(snapshot['snapshot-id']);
  }
  return kept;
};

/**
 * The snapshots and references of a table that stay (https://iceberg.apache.org/spec/#snapshot-retention-policy). Those that
 * no branch or tag leads to any more, such as rolled back ones, stay while they are young.
 */
export const retainedSnapshots = ({ metadata }: IcebergTable, retention: Retention): Pick<TableMetadata, 'snapshots' | 'refs'> => {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const refs = retainedRefs(metadata, byId, retention.nowMs);
  const main: SnapshotReference = { type: 'branch', ...metadata.refs['main'], 'snapshot-id': metadata['current-snapshot-id'] };
  const kept = new Set<bigint>();
  const led = new Set<bigint>();
  for (const reference of [main, ...Object.values(refs)]) {
    for (const id of reference.type === 'branch' ? retainedOfBranch(byId, reference, retention) : [reference['snapshot-id']]) kept.add(id);
    for (const id of lineOf(byId, reference)) led.add(id);
  }
  const isYoung = (snapshot: Snapshot): boolean => snapshot['timestamp-ms'] > retention.cutoffMs;
  const stays = (snapshot: Snapshot): boolean => kept.has(snapshot['snapshot-id']) || (!led.has(snapshot['snapshot-id']) && isYoung(snapshot));
  return { snapshots: metadata.snapshots.filter(stays), refs };
};

/** A reference's snapshot and, of a branch, all before it. */
const lineOf = (byId: ReadonlyMap<bigint, Snapshot>, reference: SnapshotReference): bigint[] => {
  if (reference.type === 'tag') return [reference['snapshot-id']];
  const line: bigint[] = [];
  for (let snapshot = byId.get(reference['snapshot-id']); snapshot; snapshot = byId.get(snapshot['parent-snapshot-id'] ?? NO_SNAPSHOT)) line.push(snapshot['snapshot-id']);
  return line;
};

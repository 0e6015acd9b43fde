import type { SnapshotReport } from '../reports/snapshots-report.ts';
import { formatCount } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** A table of snapshots, oldest first. */
export const renderSnapshots = (list: readonly SnapshotReport[], style: Style, indent = ''): string => {
  const count = (value: number | undefined): string => (value === undefined ? '' : formatCount(value));
  return renderTable(
    [{ title: 'snapshot' }, { title: 'committed' }, { title: 'operation' }, { title: 'rows written', align: 'right' }, { title: 'replaced', align: 'right' }, { title: 'rows in all', align: 'right' }],
    list.map((snapshot) => [snapshot.snapshotId, snapshot.committedAt, snapshot.operation, count(snapshot.addedRecords), count(snapshot.deletedRecords), count(snapshot.totalRecords)]),
    { style, indent },
  );
};

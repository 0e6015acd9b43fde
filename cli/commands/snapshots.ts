import type { CommandContext } from '../command-context.ts';
import { openLake } from '../local/open-lake.ts';
import { formatCount } from '../output/format.ts';
import { renderTable } from '../output/table.ts';
import { readSnapshots } from '../reports/snapshots-report.ts';
import type { SnapshotReport } from '../reports/snapshots-report.ts';
import type { Style } from '../output/style.ts';

export interface SnapshotsOptions {
  dataDir?: string;
  json?: boolean;
}

/** `floe snapshots TABLE` */
export const snapshots = async (table: string, options: SnapshotsOptions, context: CommandContext): Promise<void> => {
  const lake = await openLake(options.dataDir, context);
  try {
    const list = await readSnapshots(lake, table);
    if (options.json === true) context.terminal.print(JSON.stringify(list, null, 2));
    else context.terminal.print(list.length === 0 ? `${table} has no snapshot yet` : renderSnapshots(list, context.terminal.style));
  } finally {
    await lake.close();
  }
};

/** A table of snapshots, oldest first. */
export const renderSnapshots = (list: readonly SnapshotReport[], style: Style, indent = ''): string => {
  const count = (value: number | undefined): string => (value === undefined ? '' : formatCount(value));
  return renderTable(
    [{ title: 'snapshot' }, { title: 'committed' }, { title: 'operation' }, { title: 'rows written', align: 'right' }, { title: 'replaced', align: 'right' }, { title: 'rows in all', align: 'right' }],
    list.map((snapshot) => [snapshot.snapshotId, snapshot.committedAt, snapshot.operation, count(snapshot.addedRecords), count(snapshot.deletedRecords), count(snapshot.totalRecords)]),
    { style, indent },
  );
};

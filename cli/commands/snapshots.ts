import type { CommandContext } from '../command-context.ts';
import { openLake } from '../pipeline/open-lake.ts';
import { renderSnapshots } from '../output/render-snapshots.ts';
import { readSnapshots } from '../reports/snapshots-report.ts';

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

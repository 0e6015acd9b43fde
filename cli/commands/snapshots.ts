import type { CommandContext } from '../command-context.ts';
import { withLake } from '../pipeline/with-lake.ts';
import type { TargetOptions } from '../pipeline/target.ts';
import { renderSnapshots } from '../output/render-snapshots.ts';
import { readSnapshots } from '../reports/snapshots-report.ts';

export interface SnapshotsOptions extends TargetOptions {
  json?: boolean;
}

/** `floe snapshots TABLE` */
export const snapshots = async (table: string, options: SnapshotsOptions, context: CommandContext): Promise<void> =>
  withLake(options, context, async (lake) => {
    const list = await readSnapshots(lake, table);
    if (options.json === true) context.terminal.print(JSON.stringify(list, null, 2));
    else context.terminal.print(list.length === 0 ? `${table} has no snapshot yet` : renderSnapshots(list, context.terminal.style));
  });

import type { Snapshots } from '../lake/index.ts';
import { heldBy } from './lock.ts';
import type { RunPorts } from './ports.ts';

/** Statements of a run that ended badly may still be at work; they are stopped and awaited before its changes are undone. */
export const endStatements = async (ports: RunPorts, runId: string): Promise<void> => {
  for (const { sql, token, phase, step } of await ports.files.statements(runId)) {
    const progress = await ports.files.progress(runId, phase);
    if (step >= (progress?.taken ?? 0)) await ports.queries.end(sql, token);
  }
};

/**
 * Moves every table back to the committed state, as long as `runId` holds the lake: that is looked at again before each table,
 * since what waits here may have been taken over meanwhile.
 * @returns the tables that were moved. @throws RunLostError
 */
export const restoreTables = async (ports: RunPorts, runId: string, snapshots: Snapshots): Promise<string[]> => {
  const moved: string[] = [];
  for (const [table, snapshot] of Object.entries(snapshots)) {
    heldBy(await ports.lakeItem.read(), runId);
    moved.push(...(await ports.snapshots.restore({ [table]: snapshot })));
  }
  return moved;
};

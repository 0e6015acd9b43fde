import type { Snapshots } from '../lake/index.ts';
import { LakeItemChangedError } from './lake-item.ts';
import { heldBy } from './lock.ts';
import type { RunPorts } from './ports.ts';

/** A statement that FAILED. */
export interface FailedStatement {
  phase: string;
  /** Athena's own. */
  reason: string;
}

/**
 * Statements of a run that ended badly may still be at work; they are stopped and awaited before its changes are undone.
 * @returns those that had failed by themselves
 */
export const endStatements = async (ports: RunPorts, runId: string): Promise<FailedStatement[]> => {
  const failed: FailedStatement[] = [];
  for (const { sql, token, phase, step } of await ports.files.statements(runId)) {
    const progress = await ports.files.progress(runId, phase);
    if (step < (progress?.taken ?? 0)) continue;
    const reason = await ports.queries.end(sql, token);
    if (reason !== null) failed.push({ phase, reason });
  }
  return failed;
};

/**
 * Moves every table to the given snapshots, as long as `runId` holds the lake: what waits here may have been taken over meanwhile.
 * @returns the tables that were moved. @throws RunLostError
 */
export const restoreTables = (ports: RunPorts, runId: string, snapshots: Snapshots): Promise<string[]> =>
  ports.snapshots.restore(snapshots, async () => void heldBy(await ports.lakeItem.read(), runId));

/** The same before the run has begun: another invocation of its begin may have gone on, and its statements be at work. @throws LakeItemChangedError */
export const restoreBeforeBegin = (ports: RunPorts, runId: string, snapshots: Snapshots): Promise<string[]> =>
  ports.snapshots.restore(snapshots, async () => {
    if (heldBy(await ports.lakeItem.read(), runId).open.begun) throw new LakeItemChangedError(`run ${runId} has begun`);
  });

import { LakeItemChangedError, type LakeItem, type OpenRun } from './lake-item.ts';
import type { RunConfig, RunPorts } from './ports.ts';

/** The run no longer holds the lake: another one has taken over, and nothing more may be written. */
export class RunLostError extends Error {
  override readonly name = 'RunLostError';
}

export type HeldLake = LakeItem & { open: OpenRun };

/** @throws RunLostError where the item is not held by this run */
export const heldBy = (item: LakeItem | undefined, runId: string): HeldLake => {
  if (!item?.open || item.open.runId !== runId) throw new RunLostError(`run ${runId} no longer holds the lake`);
  return { ...item, open: item.open };
};

export const leaseFrom = (now: Date, config: RunConfig): string => new Date(now.getTime() + config.settings.leaseMinutes * 60_000).toISOString();

/** Is the run that holds the lake still at work? Both must hold: its workflow is running, and it renewed its lease in time. */
export const isAlive = async (ports: RunPorts, open: OpenRun): Promise<boolean> =>
  Date.parse(open.leaseExpiresAt) > ports.clock().getTime() && (await ports.isRunning(open.execution));

const FRESH_MS = 60_000;

/**
 * Makes sure that the run holds the lake and goes on holding it: the lease is written anew unless that was done within the
 * last minute. @throws RunLostError
 */
export const renewLease = async (ports: RunPorts, config: RunConfig, runId: string): Promise<HeldLake> => {
  for (;;) {
    const item = heldBy(await ports.lakeItem.read(), runId);
    const leaseExpiresAt = leaseFrom(ports.clock(), config);
    if (Date.parse(leaseExpiresAt) - Date.parse(item.open.leaseExpiresAt) < FRESH_MS) return item;
    try {
      return heldBy(await ports.lakeItem.write(item, { ...item, open: { ...item.open, leaseExpiresAt } }), runId);
    } catch (error) {
      if (!(error instanceof LakeItemChangedError)) throw error; // a phase beside this one may have renewed it: read again
    }
  }
};

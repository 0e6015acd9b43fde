import { lakeParameters, QueryFailedError, type Snapshots } from '../lake/index.ts';
import { microsOfTimestamp, timestampOfMicros } from './dates.ts';
import { RUN_KINDS } from './kinds/index.ts';
import type { Floor } from './floor.ts';
import type { CommittedRun, LakeItem } from './lake-item.ts';
import { heldBy, isAlive, leaseFrom, renewLease, type HeldLake } from './lock.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import type { RunInput } from './run-files.ts';
import type { RunRequest } from './run-request.ts';
import { endStatements, restoreBeforeBegin, restoreTables } from './undo.ts';

export interface BeginRequest extends RunRequest {
  /** ARN of the execution that asks; asking again gives the same run. */
  execution: string;
}

/** What the workflow goes on with. Phases of one stage run side by side, stages one after the other; none where nothing is new. */
export interface RunStart {
  runId: string;
  stages: string[][];
  /** Runs that were interrupted and have been undone by this one; like `restored` and `unmarked` told once, by the invocation that did it. */
  recovered: string[];
  /** Tables that were moved back to the committed state before this run started. */
  restored: string[];
  /** Of the interrupted runs, those whose rows in gold.run_audit could not be marked, with the reason: nothing else depends on it. */
  unmarked: Record<string, string>;
}

/** Another run holds the lake and is alive. */
export class RunInProgressError extends Error {
  override readonly name = 'RunInProgressError';
}

/** Tables have rows, but the item that says which of them are committed is gone, with how far bronze was taken in. */
export class LakeItemMissingError extends Error {
  override readonly name = 'LakeItemMissingError';
}

const NOTHING_COMMITTED: Omit<CommittedRun, 'tables'> = { runId: null, processingTimestamp: null, committedAt: null, takenKey: null };

/**
 * Takes the lake for a run: claims the lock, undoes what interrupted runs left, and fixes the run's input. May be asked again
 * at any point: what is to be undone stands in the lake item until the run's input is fixed.
 * @throws RunInProgressError where another run is at work, LakeItemChangedError where one claimed the lock at the same moment,
 * LakeItemMissingError where the lake's item is lost
 */
export const beginRun = async (ports: RunPorts, config: RunConfig, request: BeginRequest): Promise<RunStart> => {
  const item = await ports.lakeItem.read();
  if (item?.open?.execution === request.execution) return openRun(ports, config, request, await renewLease(ports, config, item.open.runId));
  if (item?.open && (await isAlive(ports, item.open))) throw new RunInProgressError(`run ${item.open.runId} is in progress, its lease ends ${item.open.leaseExpiresAt}`);
  return openRun(ports, config, request, await claim(ports, config, request, item));
};

const claim = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: LakeItem | undefined): Promise<HeldLake> => {
  const now = ports.clock();
  const fence = (item?.fence ?? 0) + 1;
  const runId = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${String(fence).padStart(6, '0')}`;
  const current = await ports.snapshots.current();
  if (item === undefined) refuseFilled(current);
  const committed = completed(current, item?.committed ?? { ...NOTHING_COMMITTED, tables: {} });
  const undo = item?.open ? [...item.open.undo, { runId: item.open.runId, execution: item.open.execution }] : [];
  return heldBy(await ports.lakeItem.write(item, { fence, committed, open: { runId, fence, execution: request.execution, leaseExpiresAt: leaseFrom(now, config), undo, begun: false } }), runId);
};

/** The first run claims the lake before it writes a table: none has a snapshot by then. */
const refuseFilled = (current: Snapshots): void => {
  const filled = Object.keys(current).filter((table) => current[table] !== null);
  if (filled.length === 0) return;
  throw new LakeItemMissingError(`${filled.join(', ')} have been written, but the table of state has no item of the lake: restore it (docs/operate.md, "State that is lost")`);
};

/** A table that the lake item does not know yet (the first run, or a new table) is committed as it stands. */
const completed = (current: Snapshots, committed: CommittedRun): CommittedRun => {
  const tables: Snapshots = { ...current, ...Object.fromEntries(Object.entries(committed.tables).filter(([table]) => Object.hasOwn(current, table))) };
  return { ...committed, tables };
};

const openRun = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: HeldLake): Promise<RunStart> => {
  const { runId } = item.open;
  const undone = item.open.begun ? NOTHING_UNDONE : await undoAndFixInput(ports, config, request, item);
  const input = await ports.files.input(runId);
  return { runId, stages: stagesOf(input), ...undone, restored: [...undone.restored, ...(await goBack(ports, input))] };
};

type Undone = Pick<RunStart, 'recovered' | 'restored' | 'unmarked'>;

const NOTHING_UNDONE: Undone = { recovered: [], restored: [], unmarked: {} };

const undoAndFixInput = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: HeldLake): Promise<Undone> => {
  const { runId, undo } = item.open;
  for (const { execution } of undo) if (execution !== request.execution) await ports.stopExecution(execution); // its lease ran out, but it may go on
  const recovered = undo.map((interrupted) => interrupted.runId);
  for (const interrupted of recovered) await endStatements(ports, interrupted);
  if (undo.length > 0) await ports.snapshots.fence(); // what those runs read of the tables no longer lets them be moved
  const restored = await restoreBeforeBegin(ports, runId, item.committed.tables);
  const unmarked = await markInterrupted(ports, config, recovered);
  await ports.files.putInput(await fixInput(ports, config, request, item));
  await ports.lakeItem.write(item, { fence: item.fence, committed: item.committed, open: { ...item.open, undo: [], begun: true } });
  return { recovered, restored, unmarked };
};

/** What a rollback does, its intent being on record. A crash in between leaves an interrupted run, which the next one undoes. */
const goBack = async (ports: RunPorts, { runId, target }: RunInput): Promise<string[]> => (target === undefined ? [] : restoreTables(ports, runId, target.tables));

const markInterrupted = async (ports: RunPorts, config: RunConfig, runIds: readonly string[]): Promise<Record<string, string>> => {
  const unmarked: Record<string, string> = {};
  for (const runId of runIds) {
    const sql = await ports.statements.render('gold/mark_interrupted_run', { ...lakeParameters(config.names), run_id: { kind: 'id', value: runId } });
    try {
      await ports.queries.run(sql);
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      unmarked[runId] = error.message; // the log of runs must not keep the lake from its next run
    }
  }
  return unmarked;
};

const stagesOf = (input: RunInput): string[][] => RUN_KINDS[input.kind].stages(input);

const fixInput = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: HeldLake): Promise<RunInput> => {
  const { committed, open, fence } = item;
  const now = ports.clock();
  const { floor = null } = committed;
  const times = timesOfRows(now, committed.processingTimestamp, floor);
  return {
    runId: open.runId,
    kind: request.kind,
    fence,
    startedAt: now.toISOString(),
    ...times,
    base: committed.tables,
    accepted: request.accept,
    backfill: committed.backfill ?? null,
    floor,
    ...(await RUN_KINDS[request.kind].input({ ports, config, request, committed, now, processingTimestamp: times.processingTimestamp })),
  };
};

/** The clock's time, but later than that of the rows of the last commit, and of those that stood when the floor was set: rows written since are found by it. */
const timesOfRows = (now: Date, committed: string | null, floor: Floor | null): Pick<RunInput, 'processingTimestamp' | 'writtenSince'> => {
  const micros = BigInt(now.getTime()) * 1000n;
  const since = committed === null ? 0n : microsOfTimestamp(committed) + 1n;
  const earliest = [since, ...(floor === null ? [] : [microsOfTimestamp(floor.since) + 1n])];
  return { processingTimestamp: timestampOfMicros(earliest.reduce((latest, time) => (time > latest ? time : latest), micros)), writtenSince: timestampOfMicros(since) };
};

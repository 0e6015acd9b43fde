import { addDays, dateOf, datesBetween, distinctSorted, microsOfTimestamp, timestampOfMicros } from './dates.ts';
import { lakeParameters } from '../lake/index.ts';
import type { CommittedRun, LakeItem, OpenRun } from './lake-item.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import type { AcceptedRule, RunInput, TakenObjects } from './run-files.ts';
import { SOURCE_NAMES, SOURCES, type SourceName } from './sources.ts';

export interface BeginRequest {
  /** ARN of the execution that asks; asking again gives the same run. */
  execution: string;
  accept: readonly AcceptedRule[];
}

/** What the workflow goes on with. Phases of one stage run side by side, stages one after the other; none where nothing is new. */
export interface RunStart {
  runId: string;
  stages: string[][];
  /** A run that was interrupted and has been undone by this one. */
  recovered: string | null;
  /** Tables that were moved back to the committed state before this run started. */
  restored: string[];
}

/** Another run holds the lake and is alive. */
export class RunInProgressError extends Error {
  override readonly name = 'RunInProgressError';
}

const NOTHING_COMMITTED: Omit<CommittedRun, 'tables'> = { runId: null, processingTimestamp: null, committedAt: null, takenKey: null };

/**
 * Takes the lake for a run: claims the lock, undoes what an interrupted run left, and fixes the run's input.
 * @throws RunInProgressError where another run is at work, LakeItemChangedError where one claimed the lock at the same moment
 */
export const beginRun = async (ports: RunPorts, config: RunConfig, request: BeginRequest): Promise<RunStart> => {
  const item = await ports.lakeItem.read();
  const open = item?.open ?? undefined;
  if (open?.execution === request.execution) return resumeBegin(ports, config, request, item as LakeItem, open);
  if (open && (await isAlive(ports, open))) throw new RunInProgressError(`run ${open.runId} is in progress until ${open.leaseExpiresAt}`);
  const claimed = await claim(ports, config, request, item);
  if (open) await endStatements(ports, open.runId);
  return openRun(ports, config, request, claimed, open?.runId ?? null);
};

const isAlive = async (ports: RunPorts, open: OpenRun): Promise<boolean> => Date.parse(open.leaseExpiresAt) > ports.clock().getTime() && (await ports.isRunning(open.execution));

const claim = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: LakeItem | undefined): Promise<LakeItem> => {
  const now = ports.clock();
  const fence = (item?.fence ?? 0) + 1;
  const committed = item?.committed ?? { ...NOTHING_COMMITTED, tables: await ports.snapshots.current() };
  const runId = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${String(fence).padStart(6, '0')}`;
  const leaseExpiresAt = leaseFrom(now, config);
  return ports.lakeItem.write(item, { fence, committed, open: { runId, fence, execution: request.execution, leaseExpiresAt } });
};

export const leaseFrom = (now: Date, config: RunConfig): string => new Date(now.getTime() + config.settings.leaseMinutes * 60_000).toISOString();

/** Statements of a run that ended badly may still be at work; they are stopped and awaited before its changes are undone. */
export const endStatements = async (ports: RunPorts, runId: string): Promise<void> => {
  for (const { sql, token, phase, step } of await ports.files.statements(runId)) {
    const progress = await ports.files.progress(runId, phase);
    if (step >= (progress?.taken ?? 0)) await ports.queries.end(sql, token);
  }
};

const resumeBegin = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: LakeItem, open: OpenRun): Promise<RunStart> => {
  const input = await ports.files.findInput(open.runId);
  return input ? { runId: input.runId, stages: stagesOf(input), recovered: null, restored: [] } : openRun(ports, config, request, item, null);
};

const openRun = async (ports: RunPorts, config: RunConfig, request: BeginRequest, item: LakeItem, recovered: string | null): Promise<RunStart> => {
  if (recovered !== null) await markInterrupted(ports, config, recovered);
  const restored = await ports.snapshots.restore(item.committed.tables);
  const input = await fixInput(ports, config, request, item);
  await ports.files.putInput(input);
  return { runId: input.runId, stages: stagesOf(input), recovered, restored };
};

const markInterrupted = async (ports: RunPorts, config: RunConfig, runId: string): Promise<void> => {
  await ports.queries.run(await ports.statements.render('gold/mark_interrupted_run', { ...lakeParameters(config.names), run_id: { kind: 'id', value: runId } }));
};

const stagesOf = (input: RunInput): string[][] => {
  const sources = SOURCE_NAMES.filter((source) => input.objects[source].length > 0);
  return sources.length === 0 ? [] : [sources, ['gold'], ['audit']];
};

const fixInput = async (ports: RunPorts, { settings }: RunConfig, request: BeginRequest, { committed, open, fence }: LakeItem): Promise<RunInput> => {
  const now = ports.clock();
  const since = committed.committedAt === null ? now : new Date(Math.min(now.getTime(), Date.parse(committed.committedAt)));
  const windowStart = addDays(dateOf(since), -settings.lookbackDays);
  const taken = await ports.files.taken(committed.takenKey);
  const objects = await Promise.all(SOURCE_NAMES.map(async (source) => [source, await newObjects(ports, source, taken, request.accept, windowStart, now)] as const));
  return {
    runId: open?.runId ?? '',
    fence,
    startedAt: now.toISOString(),
    processingTimestamp: processingTimestamp(now, committed.processingTimestamp),
    base: committed.tables,
    objects: Object.fromEntries(objects) as Record<SourceName, string[]>,
    accepted: request.accept,
    takenKey: committed.takenKey,
    windowStart,
  };
};

/** The clock's time, but later than the last run's: rows are found by it, so no two runs may share it. */
const processingTimestamp = (now: Date, last: string | null): string => {
  const micros = BigInt(now.getTime()) * 1000n;
  const after = last === null ? 0n : microsOfTimestamp(last) + 1n;
  return timestampOfMicros(micros > after ? micros : after);
};

/** Objects of the window's partitions that no committed run has taken and no gate holds back, and those that were released now. */
const newObjects = async (ports: RunPorts, source: SourceName, taken: TakenObjects, accepted: readonly AcceptedRule[], windowStart: string, now: Date): Promise<string[]> => {
  const isReleased = (rule: string): boolean => accepted.some((accept) => accept.source === source && accept.rule === rule);
  const held = taken.held.filter((entry) => entry.source === source);
  const known = new Set([...taken.taken, ...held.flatMap((entry) => entry.objects)]);
  const released = held.filter((entry) => isReleased(entry.rule)).flatMap((entry) => entry.objects);
  const found = await Promise.all(datesBetween(windowStart, addDays(dateOf(now), 1)).map((date) => listPartition(ports, `${SOURCES[source].prefix}ingestion_date=${date}/`)));
  return distinctSorted([...released, ...found.flat().filter((uri) => !known.has(uri))]);
};

const listPartition = async ({ objects }: RunPorts, prefix: string): Promise<string[]> => {
  const uris: string[] = [];
  for await (const { key, sizeBytes } of objects.list(prefix)) if (sizeBytes > 0) uris.push(`s3://${objects.bucket}/${key}`);
  return uris;
};

/** The date of a bronze object's partition. */
export const ingestionDateOf = (uri: string): string => {
  const date = /\/ingestion_date=(\d{4}-\d\d-\d\d)\//.exec(uri)?.[1];
  if (date === undefined) throw new Error(`not an object of a bronze partition: ${uri}`);
  return date;
};


import { isDeepStrictEqual } from 'node:util';
import type { Finding, LayerFigures } from '../quality/index.ts';
import type { Snapshots } from '../lake/index.ts';
import type { Undelivered } from '../redeliver/index.ts';
import { ingestionDateOf } from './bronze-objects.ts';
import { putCommitRecord } from './history.ts';
import { heldBy } from './lock.ts';
import type { AuditFacts } from './phases/audit.ts';
import type { SourceFacts } from './phases/source.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { recordsOf, type RunRecord } from './record.ts';
import type { AcceptedRule, HeldObjects, RunInput, RunKind, TakenObjects } from './run-files.ts';
import { SOURCE_NAMES, type SourceName } from './sources.ts';
import { contextOf } from './step.ts';

/** What a run did, for the log, the notification and the record under state/commits/. */
export interface RunSummary {
  runId: string;
  kind: RunKind;
  status: 'committed';
  /** Of a rollback: the run it went back to. */
  target: string | null;
  startedAt: string;
  committedAt: string;
  records: RunRecord[];
  /** Gates that hold back objects, from this run or an earlier one. */
  held: { source: SourceName; rule: string; figure: string; objects: number; since: string }[];
  accepted: readonly AcceptedRule[];
  layers: LayerFigures | null;
  lateRows: Readonly<Record<string, number>>;
  /** Records no run can take yet, since Firehose could not deliver them (DATA.md 4.1, rule 5). */
  undelivered: Undelivered;
  tables: Snapshots;
  /** Tables that got a new snapshot. */
  changedTables: string[];
}

/**
 * Commits a run: one conditional write of the lake item. Doing it twice gives the same answer.
 * @throws RunLostError where another run has taken the lake
 */
export const commitRun = async (ports: RunPorts, config: RunConfig, runId: string): Promise<RunSummary> => {
  const item = await ports.lakeItem.read();
  const input = await ports.files.input(runId);
  const tables = await ports.snapshots.current();
  const taken = await takenAfter(ports, input);
  const summary = await summarise(ports, config, input, taken, tables);
  if (item?.committed.runId === runId) return { ...summary, committedAt: item.committed.committedAt ?? summary.committedAt, tables: item.committed.tables }; // the first try's answer was lost
  const held = heldBy(item, runId);
  const takenKey = await ports.files.putTaken(runId, taken);
  const { processingTimestamp, searchFrom } = input;
  const record = await putCommitRecord(ports.objects, { ...summary, previous: held.committed.runId, takenKey, searchFrom });
  const committed = { runId, processingTimestamp, committedAt: record.committedAt, searchFrom, tables: record.tables, takenKey };
  await ports.lakeItem.write(held, { fence: held.fence, committed, open: null });
  return { ...summary, committedAt: record.committedAt, tables: record.tables };
};

const takenAfter = async (ports: RunPorts, input: RunInput): Promise<TakenObjects> => {
  const before = await ports.files.taken(input.takenKey);
  const held = await heldNow(ports, input);
  const isHeld = new Set(held.flatMap(({ objects }) => objects));
  const taken = SOURCE_NAMES.flatMap((source) => input.objects[source]).filter((uri) => !isHeld.has(uri));
  const released = new Set(taken);
  const stillHeld = before.held.map((entry) => ({ ...entry, objects: entry.objects.filter((uri) => !released.has(uri) && !isHeld.has(uri)) })).filter(({ objects }) => objects.length > 0);
  return {
    taken: [...before.taken, ...taken].filter((uri) => ingestionDateOf(uri) >= input.windowStart),
    held: [...stillHeld, ...held],
  };
};

const heldNow = async (ports: RunPorts, input: RunInput): Promise<HeldObjects[]> => {
  const entries = await Promise.all(
    SOURCE_NAMES.map(async (source) => {
      const findings = (await ports.files.progress<SourceFacts>(input.runId, source))?.facts.findings ?? [];
      return findings.length === 0 ? [] : [heldEntry(source, findings, input, input.objects[source])];
    }),
  );
  return entries.flat();
};

/** Objects held by several rules are held under the first: releasing it has the others judged again. */
export const heldEntry = (source: SourceName, findings: readonly Finding[], input: RunInput, objects: readonly string[]): HeldObjects => ({
  source,
  rule: findings[0]?.rule ?? '',
  figure: findings.map(({ figure }) => figure).join('; '),
  runId: input.runId,
  since: input.startedAt,
  objects: [...objects],
});

const summarise = async (ports: RunPorts, config: RunConfig, input: RunInput, { held }: TakenObjects, tables: Snapshots): Promise<RunSummary> => {
  const audit = (await ports.files.progress<AuditFacts>(input.runId, 'audit'))?.facts;
  const conservation = audit?.conservation ?? [];
  return {
    runId: input.runId,
    kind: input.kind,
    status: 'committed',
    target: input.target?.runId ?? null,
    startedAt: input.startedAt,
    committedAt: ports.clock().toISOString(),
    records: await recordsOf(contextOf(ports, config, input), conservation, 'committed'),
    held: held.map(({ source, rule, figure, objects, since }) => ({ source, rule, figure, objects: objects.length, since })),
    accepted: input.accepted,
    layers: audit?.layers ?? null,
    lateRows: Object.fromEntries(conservation.map(({ sourceSystem, lateRows }) => [sourceSystem, lateRows])),
    undelivered: await ports.undelivered(),
    tables,
    changedTables: Object.keys(tables).filter((table) => !isDeepStrictEqual(tables[table], input.base[table])),
  };
};

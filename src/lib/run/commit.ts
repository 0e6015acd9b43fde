import { isDeepStrictEqual } from 'node:util';
import { joinFigures, type JudgedFinding, type LayerFigures } from '../quality/index.ts';
import type { Snapshots } from '../lake/index.ts';
import type { Undelivered } from '../redeliver/index.ts';
import type { BackfillProgress } from './backfill-steps.ts';
import { afterCommit, NO_BACKOFF } from './backoff.ts';
import { ingestionDateOf } from './bronze-objects.ts';
import { heldEntry, reportOf, withHeld, type FindingReport, type HeldReport } from './held.ts';
import type { Floor } from './floor.ts';
import { putCommitRecord } from './history.ts';
import type { CommittedRun } from './lake-item.ts';
import { heldBy } from './lock.ts';
import { lookAtAudit, lookAtObjects } from './look.ts';
import { committedSubject } from './notice.ts';
import { isRefused, type AuditFacts } from './phases/audit.ts';
import type { RetentionFacts } from './phases/retention.ts';
import type { SourceFacts } from './phases/source.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { recordsOf, type RunRecord } from './record.ts';
import type { AcceptedRule, HeldObjects, RunInput, RunKind, TakenObjects } from './run-files.ts';
import { SOURCE_NAMES } from './sources.ts';
import { contextOf } from './step.ts';

/** What a run did, for the log, the notification and the record under state/commits/. */
export interface RunSummary {
  /** Of the notification. */
  subject: string;
  runId: string;
  kind: RunKind;
  status: 'committed';
  /** Of a rollback: the run it went back to. */
  target: string | null;
  /** How far the last backfill has come; null: there was none. */
  backfill: BackfillProgress | null;
  /** What retention has left; null: it has never run. */
  floor: Floor | null;
  /** Of a retention: rows that went, by table; null: the run was none. */
  removed: RetentionFacts | null;
  startedAt: string;
  committedAt: string;
  records: RunRecord[];
  /** Gates that hold back objects, from this run or an earlier one. */
  held: HeldReport[];
  accepted: readonly AcceptedRule[];
  /** What the audit found and let pass: it stood before the run, or a person accepted it. */
  findings: (FindingReport & Pick<JudgedFinding, 'verdict'>)[];
  /** S3 keys of decisions about quarantined records: applied by this run, or kept while it went back. */
  decisions: readonly string[];
  layers: LayerFigures | null;
  lateRows: Readonly<Record<string, number>>;
  /** Records no run can take yet, since Firehose could not deliver them (DATA.md 4.1, rule 5). */
  undelivered: Undelivered;
  tables: Snapshots;
  /** Tables that got a new snapshot. */
  changedTables: string[];
}

/** Rows have vanished or doubled, or layers disagree: the run must not be committed. The message names rules and figures. */
export class AuditFailedError extends Error {
  override readonly name = 'AuditFailedError';
}

/**
 * Commits a run: one conditional write of the lake item. Doing it twice gives the same answer.
 * @throws RunLostError where another run has taken the lake, AuditFailedError where the audit refused the run
 */
export const commitRun = async (ports: RunPorts, config: RunConfig, runId: string): Promise<RunSummary> => {
  const item = await ports.lakeItem.read();
  const input = await ports.files.input(runId);
  const audit = (await ports.files.progress<AuditFacts>(runId, 'audit'))?.facts;
  if (audit && isRefused(audit)) throw new AuditFailedError(joinFigures(audit.findings.filter(({ verdict }) => verdict === 'blocks')));
  const tables = await ports.snapshots.current();
  const taken = await takenAfter(ports, config, input);
  const summary = await summarise(ports, config, input, { audit, taken, tables });
  if (item?.committed.runId === runId) return { ...summary, committedAt: item.committed.committedAt ?? summary.committedAt, tables: item.committed.tables }; // the first try's answer was lost
  const held = heldBy(item, runId);
  const takenKey = await ports.files.putTaken(runId, taken);
  const { searchFrom, backfill, floor } = input;
  const record = await putCommitRecord(ports.objects, { ...summary, previous: held.committed.runId, takenKey, searchFrom });
  const backoff = backoffAfter(held.committed, config, input);
  const processingTimestamp = isLoadOfObjects(input) ? input.processingTimestamp : held.committed.processingTimestamp; // only a load takes what an interrupted one wrote
  const committed = { runId, processingTimestamp, committedAt: record.committedAt, searchFrom, backfill, floor, tables: record.tables, takenKey, backoff };
  await ports.lakeItem.write(held, { fence: held.fence, committed, open: null });
  return { ...summary, committedAt: record.committedAt, tables: record.tables };
};

const isLoadOfObjects = ({ kind, objects }: RunInput): boolean => kind === 'load' && SOURCE_NAMES.some((source) => objects[source].length > 0);

/** Only a load that took objects shows that loads succeed again. */
const backoffAfter = ({ backoff = NO_BACKOFF }: CommittedRun, { settings }: RunConfig, input: RunInput) =>
  isLoadOfObjects(input) ? afterCommit(backoff, settings.maxObjectsPerSource) : backoff;

const takenAfter = async (ports: RunPorts, config: RunConfig, input: RunInput): Promise<TakenObjects> => {
  const before = await ports.files.taken(input.takenKey);
  const held = await heldNow(ports, config, input);
  const isHeld = new Set(held.flatMap(({ objects }) => objects));
  const taken = SOURCE_NAMES.flatMap((source) => input.objects[source]).filter((uri) => !isHeld.has(uri));
  return {
    taken: [...new Set([...before.taken, ...taken])].filter((uri) => ingestionDateOf(uri) >= input.windowStart),
    held: withHeld(before.held, held, taken),
  };
};

/** Objects held by several rules are held under the first: releasing it has the others judged again. */
const heldNow = async (ports: RunPorts, config: RunConfig, input: RunInput): Promise<HeldObjects[]> => {
  const entries = await Promise.all(
    SOURCE_NAMES.map(async (source) => {
      const findings = (await ports.files.progress<SourceFacts>(input.runId, source))?.facts.findings ?? [];
      const [first] = findings;
      if (first === undefined) return [];
      const objects = [...input.objects[source]];
      const figure = findings.length === 1 ? first.figure : joinFigures(findings);
      return [heldEntry(input, source, { rule: first.rule, figure, query: await lookAtObjects(ports, config, input, first.rule, source, objects), objects })];
    }),
  );
  return entries.flat();
};

interface RunResult {
  audit: AuditFacts | undefined;
  taken: TakenObjects;
  tables: Snapshots;
}

const summarise = async (ports: RunPorts, config: RunConfig, input: RunInput, { audit, taken: { held }, tables }: RunResult): Promise<RunSummary> => {
  const conservation = audit?.conservation ?? [];
  const findings = await Promise.all((audit?.findings ?? []).map(async (finding) => ({ ...finding, query: await lookAtAudit(ports, config, input, finding, tables) })));
  return {
    subject: committedSubject(input.runId, held, findings.length),
    runId: input.runId,
    kind: input.kind,
    status: 'committed',
    target: input.target?.runId ?? null,
    backfill: input.backfill,
    floor: input.floor,
    removed: (await ports.files.progress<RetentionFacts>(input.runId, 'retention'))?.facts ?? null,
    startedAt: input.startedAt,
    committedAt: ports.clock().toISOString(),
    records: await recordsOf(contextOf(ports, config, input), { status: 'committed', conservation }),
    held: held.map(reportOf),
    accepted: input.accepted,
    findings,
    decisions: input.decisions ?? [],
    layers: audit?.layers ?? null,
    lateRows: Object.fromEntries(conservation.map(({ sourceSystem, lateRows }) => [sourceSystem, lateRows])),
    undelivered: await ports.undelivered(),
    tables,
    changedTables: Object.keys(tables).filter((table) => !isDeepStrictEqual(tables[table], input.base[table])),
  };
};

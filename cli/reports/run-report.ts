import { toCount, toObjects } from './lake-reader.ts';
import type { LakeReader } from './lake-reader.ts';

/** What came in from a source in one run, and where it went (gold.run_audit). */
export interface SourceFigures {
  sourceSystem: string;
  bronzeObjects: number;
  bronzeRows: number;
  silverRows: number;
  duplicates: number;
  quarantined: number;
  heldObjects: number;
  status: string;
}

export interface RunReport {
  runId: string;
  /** `committed`, `failed`, `interrupted`; `committed, held` where a gate holds back one of its sources. */
  status: string;
  startedAt: string;
  finishedAt: string;
  bytesScanned: number;
  sources: SourceFigures[];
}

const columns = 'run_id, source_system, bronze_objects, bronze_rows, silver_rows, duplicates, quarantined, held_objects, started_at, finished_at, status, bytes_scanned';

/** The latest runs, newest first. */
export const readRuns = async (lake: LakeReader, limit: number): Promise<RunReport[]> => {
  const runAudit = `${lake.databases.gold}.run_audit`;
  const result = await lake.ask(`
SELECT ${columns} FROM ${runAudit}
WHERE run_id IN (SELECT run_id FROM ${runAudit} GROUP BY run_id ORDER BY max(started_at) DESC, run_id DESC LIMIT ${limit})
ORDER BY started_at DESC, run_id DESC, source_system`);
  const runs = new Map<string, RunReport>();
  for (const row of toObjects(result)) {
    const runId = row['run_id'] ?? '';
    const run = runs.get(runId) ?? { runId, status: row['status'] ?? '', startedAt: row['started_at'] ?? '', finishedAt: row['finished_at'] ?? '', bytesScanned: 0, sources: [] };
    runs.set(runId, run);
    run.bytesScanned = Math.max(run.bytesScanned, toCount(row['bytes_scanned']));
    run.sources.push(toFigures(row));
  }
  return [...runs.values()].map((run) => ({ ...run, status: [...new Set(run.sources.map(({ status }) => status))].sort().join(', ') }));
};

const toFigures = (row: Record<string, string | null>): SourceFigures => ({
  sourceSystem: row['source_system'] ?? '',
  bronzeObjects: toCount(row['bronze_objects']),
  bronzeRows: toCount(row['bronze_rows']),
  silverRows: toCount(row['silver_rows']),
  duplicates: toCount(row['duplicates']),
  quarantined: toCount(row['quarantined']),
  heldObjects: toCount(row['held_objects']),
  status: row['status'] ?? '',
});

/** Nothing vanishes: what came in from the source is all accounted for (DATA.md 4.1, rule 5). */
export const isConserved = (figures: SourceFigures): boolean => figures.bronzeRows === figures.silverRows + figures.duplicates + figures.quarantined;

import type { Observability } from '../observability/index.ts';
import type { RunSummary } from './commit.ts';
import type { HeldReport } from './held.ts';
import { SOURCE_NAMES } from './sources.ts';

/**
 * A committed run's metrics, per source_system. Freshness: seconds from the begin of the run, when its input was fixed, to
 * the commit that made it visible. What was quarantined is not told again: the way in did, beside what it captured.
 */
export const measureRun = (summary: RunSummary, observability: Pick<Observability, 'measure'>): void => {
  const cameIn = summary.kind === 'backfill' ? [] : summary.records; // a backfill reads what was counted when it came in
  for (const { sourceSystem, duplicates } of cameIn) {
    observability.measure(sourceSystem, { RecordsDuplicated: duplicates, RecordsLate: summary.lateRows[sourceSystem] ?? 0 });
  }
  for (const source of SOURCE_NAMES) observability.measure(source, { ObjectsHeld: sum(summary.held.filter((held) => held.source === source)) });
  observability.measure('gold', { RunsCommitted: 1 }, { kind: summary.kind });
  observability.measure('gold', { GoldFreshnessSeconds: (Date.parse(summary.committedAt) - Date.parse(summary.startedAt)) / 1000 });
};

const sum = (held: readonly HeldReport[]): number => held.reduce((total, { objects }) => total + objects, 0);

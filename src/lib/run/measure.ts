import type { Observability } from '../observability/index.ts';
import type { RunSummary } from './commit.ts';

/**
 * A committed run's metrics, per source_system. Freshness: seconds from the begin of the run, when its input was fixed, to
 * the commit that made it visible.
 */
export const measureRun = (summary: RunSummary, observability: Pick<Observability, 'measure'>): void => {
  for (const { sourceSystem, quarantined, duplicates } of summary.records) {
    observability.measure(sourceSystem, { RecordsQuarantined: quarantined, RecordsDuplicated: duplicates, RecordsLate: summary.lateRows[sourceSystem] ?? 0 });
  }
  observability.measure('gold', { GoldFreshnessSeconds: (Date.parse(summary.committedAt) - Date.parse(summary.startedAt)) / 1000 });
};

import { toCount, toObjects } from './lake-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import { conditionOf, quarantineOf } from './quarantine-records.ts';
import type { QuarantineFilter } from './quarantine-records.ts';

export interface QuarantinedReason {
  sourceSystem: string;
  reason: string;
  /** Different records with this reason; a record with two reasons counts in both. */
  records: number;
}

export interface QuarantinedRecord {
  recordHash: string;
  sourceSystem: string;
  reasons: string;
  /** The record as it came, its beginning; of one too large for a table, where it lies. */
  payload: string;
  status: string;
  seenCount: number;
  lastSeenAt: string;
}

export interface QuarantineReport {
  records: number;
  bySource: { sourceSystem: string; records: number; open: number }[];
  reasons: QuarantinedReason[];
  examples: QuarantinedRecord[];
}

const bySource = (quarantine: string, condition: string): string => `
SELECT source_system, count(*) AS records, count_if(status = 'open') AS open_records
FROM ${quarantine} WHERE ${condition} GROUP BY source_system ORDER BY source_system`;

const byReason = (quarantine: string, condition: string): string => `
SELECT source_system, reason, count(*) AS records
FROM ${quarantine} CROSS JOIN UNNEST(reasons) AS r (reason)
WHERE ${condition}
GROUP BY source_system, reason ORDER BY source_system, records DESC, reason`;

/** A record of each source before a second of any, and of each source one of each first reason, so that a few show much. */
const examples = (quarantine: string, condition: string, limit: number): string => `
SELECT record_hash, source_system, array_join(reasons, '; ') AS reasons, coalesce(substr(payload, 1, 400), 'kept at ' || payload_location) AS payload, status, seen_count, last_seen_at
FROM (
  SELECT *, row_number() OVER (PARTITION BY source_system ORDER BY turn_of_reason, record_hash) AS turn
  FROM (
    SELECT *, row_number() OVER (PARTITION BY source_system, reasons[1] ORDER BY record_hash) AS turn_of_reason
    FROM ${quarantine} WHERE ${condition}
  ) AS by_reason
) AS by_source
ORDER BY turn, source_system LIMIT ${limit}`;

/** @param limit how many records are shown */
export const readQuarantine = async (lake: LakeReader, limit: number, filter: QuarantineFilter = {}): Promise<QuarantineReport> => {
  const condition = conditionOf(filter);
  const quarantine = quarantineOf(lake);
  const [sourceRows, reasonRows, records] = await Promise.all([
    lake.ask(bySource(quarantine, condition)),
    lake.ask(byReason(quarantine, condition)),
    limit === 0 ? [] : lake.ask(examples(quarantine, condition, limit)).then((result) => toObjects(result).map(toRecord)),
  ]);
  const sources = toObjects(sourceRows).map((row) => ({ sourceSystem: row['source_system'] ?? '', records: toCount(row['records']), open: toCount(row['open_records']) }));
  const reasons = toObjects(reasonRows).map((row) => ({ sourceSystem: row['source_system'] ?? '', reason: row['reason'] ?? '', records: toCount(row['records']) }));
  return { records: sources.reduce((sum, source) => sum + source.records, 0), bySource: sources, reasons, examples: records };
};

const toRecord = (row: Record<string, string | null>): QuarantinedRecord => ({
  recordHash: row['record_hash'] ?? '',
  sourceSystem: row['source_system'] ?? '',
  reasons: row['reasons'] ?? '',
  payload: row['payload'] ?? '',
  status: row['status'] ?? '',
  seenCount: toCount(row['seen_count']),
  lastSeenAt: row['last_seen_at'] ?? '',
});

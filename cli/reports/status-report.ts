import { createObjects, createStateTable } from '../../src/lib/aws/index.ts';
import { countUndelivered, createErrorLedger } from '../../src/lib/redeliver/index.ts';
import { createWatermark } from '../../src/lib/users/index.ts';
import { createLakeItemStore, type HeldReport } from '../../src/lib/run/index.ts';
import type { Connection } from '../pipeline/connection.ts';
import { toObjects } from './lake-reader.ts';
import { readHeld } from './held-report.ts';
import { readRuns } from './run-report.ts';
import type { RunReport } from './run-report.ts';

export interface StatusReport {
  /** The last run that committed; times are ISO 8601. */
  committed: { runId: string; at: string; secondsAgo: number } | undefined;
  /** A run at work, or one that was interrupted and will be undone by the next. */
  openRun: string | undefined;
  /** Newest event time of each source in silver, UTC, and how far it lies back. */
  newest: { source: string; eventTime: string; secondsAgo: number }[];
  /** Up to where users are read; undefined before the first read. */
  usersWatermark: { changedAt: string; userId: string } | undefined;
  /** Transaction files by their state: done, duplicate, failed, claimed (under way), waiting (may still grow). */
  files: Record<string, number>;
  /** Events that Firehose could not deliver and that no re-drive has brought to bronze, and the objects they lie in. */
  undelivered: { records: number; objects: number };
  /** What gates hold back, the oldest first. */
  held: HeldReport[];
  runs: RunReport[];
}

const newest = (silver: string): string => `
SELECT source_system AS source, max(event_timestamp) AS event_time FROM ${silver}.events GROUP BY source_system
UNION ALL SELECT 'transactions', max(transaction_timestamp) FROM ${silver}.transactions
UNION ALL SELECT 'users', max(updated_at) FROM ${silver}.users
ORDER BY 1`;

export const readStatus = async ({ clients, names, lake }: Connection, now: Date, runs: number): Promise<StatusReport> => {
  const [item, usersWatermark, times, files, undelivered, held, last] = await Promise.all([
    createLakeItemStore(createStateTable(clients.dynamodb, names.lakeTable, 'item')).read(),
    createWatermark(createStateTable(clients.dynamodb, names.watermarkTable, 'source')).read(),
    lake.ask(newest(lake.databases.silver)),
    countFiles(clients, names),
    readUndelivered(clients, names),
    readHeld({ clients, names }),
    readRuns(lake, runs),
  ]);
  const { runId, committedAt } = item?.committed ?? { runId: null, committedAt: null };
  return {
    committed: runId !== null && committedAt !== null ? { runId, at: committedAt, secondsAgo: secondsBetween(new Date(committedAt), now) } : undefined,
    openRun: item?.open?.runId,
    newest: toObjects(times).filter((row) => row['event_time'] != null).map((row) => {
      const eventTime = row['event_time'] ?? '';
      return { source: row['source'] ?? '', eventTime, secondsAgo: secondsBetween(new Date(`${eventTime.replace(' ', 'T')}Z`), now) };
    }),
    usersWatermark,
    files,
    undelivered,
    held,
    runs: last,
  };
};

/** A file has an item for each size and time it was seen with; the latest counts. Contents have items of their own (`sha256:…`). */
const countFiles = async (clients: Connection['clients'], names: Connection['names']): Promise<Record<string, number>> => {
  const latest = new Map<string, { seenAt: string; state: string }>();
  for await (const item of createStateTable(clients.dynamodb, names.ledgerTable, 'file').scan()) {
    const { path, seen_at: seenAt, state } = item;
    if (typeof path !== 'string' || typeof seenAt !== 'string' || typeof state !== 'string') continue;
    if (seenAt >= (latest.get(path)?.seenAt ?? '')) latest.set(path, { seenAt, state: state === 'seen' ? 'waiting' : state });
  }
  const counts: Record<string, number> = {};
  for (const { state } of latest.values()) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

const readUndelivered = async (clients: Connection['clients'], names: Connection['names']): Promise<StatusReport['undelivered']> => {
  const errorLedger = createErrorLedger(createStateTable(clients.dynamodb, names.ledgerTable, 'file'));
  const { records, objects } = await countUndelivered({ objects: createObjects(clients.s3, names.lakeBucket), errorLedger });
  return { records, objects };
};

const secondsBetween = (from: Date, to: Date): number => Math.round((to.getTime() - from.getTime()) / 1000);

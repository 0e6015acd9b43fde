import { hash } from 'node:crypto';
import type { Objects } from '../aws/index.ts';
import { createBronzeWriter } from '../bronze/index.ts';
import { epochMillisOf, timestampOf } from '../contracts/index.ts';
import { userRow } from './user-row.ts';
import type { UserRow } from './user-row.ts';
import type { Key, UserRecord, UserSource } from './user-source.ts';
import type { Watermark } from './watermark.ts';

export interface UsersConfig {
  /** Rows of one page, and of one object. */
  pageRows: number;
  /** Rows younger than this are left for the next run: older ones of open transactions may still appear below them. 0: none are. */
  safetyLagSeconds: number;
  /** Work stops between pages when less than this is left of the function's time. */
  reserveMillis: number;
}

export const usersDefaults = { pageRows: 10_000, safetyLagSeconds: 60, reserveMillis: 30_000 } as const;

export interface UsersPorts {
  source: UserSource;
  watermark: Watermark;
  objects: Pick<Objects, 'put'>;
  clock: () => Date;
  /** Milliseconds left for this call. */
  remainingMillis: () => number;
}

export interface UsersOutcome {
  /** done: nothing left above the watermark. overtaken: another run moved the watermark. unfinished: goes on at the next call. */
  state: 'done' | 'overtaken' | 'unfinished';
  rows: number;
  quarantined: number;
  pages: number;
  watermark: { changed_at: string; user_id: string } | null;
  /** From the last row read to the time up to which rows could be read; 0 where all of them are. */
  lagSeconds: number;
}

const LONGEST_ID_IN_NAME = 64;

/** `20251107T194652832132-USR_00061`: sorts by time, safe in an object's name. */
const nameOfKey = (key: Key | undefined): string => {
  if (!key) return 'start';
  const time = key.changedAt.replace(' ', 'T').replace(/\W/g, '');
  return `${time}-${encodeURIComponent(key.userId).replace(/[^\w-]/g, '_').slice(0, LONGEST_ID_IN_NAME)}`;
};

/**
 * A page's object is named by its key range. Beside it stands a digest of its rows: rows that changed between a crash and its retry
 * have moved to a later key, and the object that was written, which a run may have taken, is never replaced by another content.
 */
const pageKey = (from: Key | undefined, to: Key, rows: readonly UserRow[], ingestionDate: string): string => {
  const digest = hash('sha256', rows.map(({ record_hash }) => record_hash).join(), 'hex').slice(0, 16);
  return `bronze/users/ingestion_date=${ingestionDate}/${nameOfKey(from)}--${nameOfKey(to)}-${digest}.parquet`;
};

const keyOf = ({ changed_at, user_id }: UserRecord): Key => {
  if (changed_at === null || user_id === null) throw new Error('a row of users has no key: changed_at and user_id must not be null');
  return { changedAt: changed_at, userId: user_id };
};

const parquetOf = (rows: readonly UserRow[]): Uint8Array => {
  const writer = createBronzeWriter('users');
  for (const row of rows) writer.append(row);
  return writer.finish();
};

const secondsBetween = (earlier: string, later: string): number => Math.max(0, Math.round((epochMillisOf(later) - epochMillisOf(earlier)) / 1_000));

/**
 * Brings in the users changed since the watermark, page by page: first the page's object, then the watermark. A crash in
 * between repeats one page, whose rows have the same origins and hashes. Of two runs at once the one that moves the watermark
 * goes on, the other stops.
 */
export const ingestUsers = async ({ source, watermark, objects, clock, remainingMillis }: UsersPorts, config: UsersConfig): Promise<UsersOutcome> => {
  const until = await source.readableUntil(config.safetyLagSeconds);
  let position = await watermark.read();
  const outcome = { rows: 0, quarantined: 0, pages: 0 };
  const end = (state: UsersOutcome['state']): UsersOutcome => ({
    ...outcome,
    state,
    watermark: position ? { changed_at: position.changedAt, user_id: position.userId } : null,
    lagSeconds: state === 'done' || !position ? 0 : secondsBetween(position.changedAt, until),
  });

  for (;;) {
    const records = await source.page(position, until, config.pageRows);
    const last = records.at(-1);
    if (!last) return end('done');
    const ingestionTimestamp = timestampOf(clock().getTime());
    const rows = records.map((record) => userRow(record, ingestionTimestamp));
    const to = keyOf(last);
    await objects.put(pageKey(position, to, rows, ingestionTimestamp.slice(0, 10)), parquetOf(rows));
    if (!(await watermark.advance(position, to, ingestionTimestamp))) return end('overtaken');
    position = to;
    outcome.pages += 1;
    outcome.rows += rows.length;
    outcome.quarantined += rows.filter(({ validation_errors }) => validation_errors.length > 0).length;
    if (remainingMillis() < config.reserveMillis) return end('unfinished');
  }
};

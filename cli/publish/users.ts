import pg from 'pg';
import { CliError, reasonOf } from '../cli-error.ts';
import type { UserInput } from '../input/sources.ts';
import type { DatabaseAccess } from './sources.ts';

/** A row the database refused, with its reason. */
export interface RefusedUser {
  file: string;
  line: number;
  reason: string;
}

export interface PublishedUsers {
  /** Rows inserted, or changed because they are newer and differ. */
  written: number;
  /** Rows the database has already, in this or a newer version. */
  unchanged: number;
  refused: RefusedUser[];
}

const batchRows = 500;

/**
 * Writes users as the shop does: a newer version replaces the row, an older or equal one does nothing. Name and email,
 * which the files do not have, are made of the id.
 */
const upsert = `
INSERT INTO users AS u (user_id, name, email, created_at, device_type, country, updated_at)
SELECT user_id, user_id, lower(user_id) || '@example.com', signup_date::timestamptz, nullif(device_type, ''), nullif(country, ''), updated_at::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS given (user_id, signup_date, device_type, country, updated_at)
ON CONFLICT (user_id) DO UPDATE
SET created_at = excluded.created_at, device_type = excluded.device_type, country = excluded.country, updated_at = excluded.updated_at
WHERE excluded.updated_at >= u.updated_at
  AND (u.created_at, u.device_type, u.country, u.updated_at) IS DISTINCT FROM (excluded.created_at, excluded.device_type, excluded.country, excluded.updated_at)`;

/** @throws CliError where the database cannot be reached or has no such table. */
export const publishUsers = async (access: DatabaseAccess, users: AsyncIterable<UserInput> | Iterable<UserInput>): Promise<PublishedUsers> => {
  const client = new pg.Client({ ...access, connectionTimeoutMillis: 10_000, options: '-c timezone=UTC' });
  // A lost connection fails the query that waits for it; between two there is nobody to tell.
  client.on('error', () => undefined);
  const result: PublishedUsers = { written: 0, unchanged: 0, refused: [] };
  try {
    await client.connect();
    for await (const batch of batchesOf(users)) await writeBatch(client, batch, result);
  } catch (cause) {
    throw new CliError(`cannot write users to the database ${access.host}:${access.port}: ${reasonOf(cause)}`, { cause });
  } finally {
    await client.end();
  }
  return result;
};

/** Batches without a user twice: one statement may not change a row two times. */
async function* batchesOf(users: AsyncIterable<UserInput> | Iterable<UserInput>): AsyncGenerator<UserInput[]> {
  let batch = new Map<string, UserInput>();
  for await (const user of users) {
    if (batch.size === batchRows || batch.has(user.userId)) {
      yield [...batch.values()];
      batch = new Map();
    }
    batch.set(user.userId, user);
  }
  if (batch.size > 0) yield [...batch.values()];
}

/** A row the database refuses fails its whole statement; then the rows are written one by one, to find it. */
const writeBatch = async (client: pg.Client, batch: readonly UserInput[], result: PublishedUsers): Promise<void> => {
  try {
    const { rowCount } = await client.query(upsert, columnsOf(batch));
    result.written += rowCount ?? 0;
    result.unchanged += batch.length - (rowCount ?? 0);
  } catch (error) {
    if (!isAboutData(error)) throw error;
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) result.refused.push({ file: only.file, line: only.line, reason: reasonOf(error) });
    else for (const user of batch) await writeBatch(client, [user], result);
  }
};

const columnsOf = (batch: readonly UserInput[]): string[][] =>
  [batch.map((user) => user.userId), batch.map((user) => user.signupDate), batch.map((user) => user.deviceType), batch.map((user) => user.country), batch.map((user) => user.updatedAt)];

/** SQLSTATE classes 22 (data exception) and 23 (constraint violation): the row's fault, not the database's. */
const isAboutData = (error: unknown): boolean => error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '');

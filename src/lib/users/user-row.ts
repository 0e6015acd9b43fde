import type { CommonRow } from '../bronze/index.ts';
import { LARGEST_PAYLOAD_BYTES, readTimestamp, recordHashOf, user } from '../contracts/index.ts';
import type { UserColumn } from '../contracts/index.ts';
import type { UserRecord } from './user-source.ts';

/** A row of bronze.users without its partition. */
export type UserRow = CommonRow & Record<UserColumn, string | null>;

const NO_COLUMNS: Readonly<Record<UserColumn, null>> = { user_id: null, signup_date: null, device_type: null, country: null, updated_at: null, changed_at: null };

/**
 * A version of a user as a bronze row. changed_at is part of the payload, and so of the record's hash: the same values
 * written again later are another delivery, which may put right what was written in between.
 */
export const userRow = (record: UserRecord, ingestionTimestamp: string): UserRow => {
  const { user_id, signup_date, device_type, country, updated_at, changed_at } = record;
  const payload = JSON.stringify({ user_id, signup_date, device_type, country, updated_at, changed_at });
  const arrivalTimestamp = readTimestamp(changed_at ?? '') ?? ingestionTimestamp; // of -infinity there is no time
  const { columns, errors, unknownFields } =
    Buffer.byteLength(payload) > LARGEST_PAYLOAD_BYTES
      ? { columns: NO_COLUMNS, errors: [`payload: larger than ${LARGEST_PAYLOAD_BYTES} bytes`], unknownFields: [] }
      : user.judge(record, { arrivalTimestamp });
  return {
    ...columns,
    payload,
    payload_encoding: 'utf8',
    payload_location: null,
    record_hash: recordHashOf(user.sourceSystem, payload),
    validation_errors: errors,
    unknown_fields: unknownFields,
    source_system: user.sourceSystem,
    contract_version: user.version,
    origin: `users/${user_id ?? ''}@${changed_at ?? ''}`,
    arrival_timestamp: arrivalTimestamp,
    ingestion_timestamp: ingestionTimestamp,
  };
};

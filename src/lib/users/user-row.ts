import type { CommonRow } from '../bronze/index.ts';
import { recordHashOf, user } from '../contracts/index.ts';
import type { UserColumn } from '../contracts/index.ts';
import type { UserRecord } from './user-source.ts';

/** A row of bronze.users without its partition. */
export type UserRow = CommonRow & Record<UserColumn, string | null>;

/**
 * A version of a user as a bronze row. changed_at is part of the payload, and so of the record's hash: the same values
 * written again later are another delivery, which may put right what was written in between.
 */
export const userRow = (record: UserRecord, ingestionTimestamp: string): UserRow => {
  const { user_id, signup_date, device_type, country, updated_at, changed_at } = record;
  const payload = JSON.stringify({ user_id, signup_date, device_type, country, updated_at, changed_at });
  const arrivalTimestamp = changed_at ?? ingestionTimestamp;
  const { columns, errors, unknownFields } = user.judge(record, { arrivalTimestamp });
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

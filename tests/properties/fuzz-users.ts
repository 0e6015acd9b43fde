import fc from 'fast-check';
import { countries } from '../../src/lib/contracts/index.ts';
import { userRow, type UserRecord } from '../../src/lib/users/index.ts';
import { hashOf, judgeUser, microsOf, type Verdict } from './judge.ts';
import { brokenFields, fuzzedTime } from './fuzz-records.ts';

const NAMES = ['user_id', 'signup_date', 'device_type', 'country', 'updated_at', 'changed_at'] as const;
const INGESTED = '2025-11-09 00:00:00.000000';

export const judgedUser = (row: UserRecord): Verdict => judgeUser(row, microsOf(INGESTED) ?? 0n, [...countries]);
/** What bronze keeps of a row: its columns as JSON, in the contract's order. */
export const userPayload = (row: UserRecord): Buffer => Buffer.from(JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, row[name]]))));

/** A row of users becomes what the second judge says, its payload byte for byte. */
export const userIsJudgedAlike = (record: UserRecord): void => {
  const row = userRow(record, INGESTED);
  const verdict = judgedUser(record);
  expect(row.payload).toBe(userPayload(record).toString());
  expect(row.record_hash).toBe(hashOf('users', userPayload(record)));
  expect(brokenFields(row.validation_errors)).toEqual(verdict.broken);
  expect(Object.fromEntries(NAMES.map((name) => [name, row[name]]))).toEqual(verdict.columns);
};

const anyTime = fc.option(fc.oneof({ weight: 3, arbitrary: fc.constantFrom('2025-01-01 00:00:00.000000', '2025-11-08 23:59:59.999999') }, fuzzedTime, fc.constantFrom('', 'infinity', '-infinity', '0044-03-15 00:00:00+00 BC', '10000-01-01 00:00:00+00')), { freq: 8 });
const anyText = fc.option(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.constantFrom('', 'Web', 'x'.repeat(1_024), 'x'.repeat(1_025), '😀'.repeat(1_024))), { freq: 6 });

export const fuzzedUser: fc.Arbitrary<UserRecord> = fc.record({
  user_id: anyText, signup_date: anyTime, device_type: anyText, country: fc.option(fc.constantFrom('PE', 'MX', 'pe', 'XX', '', 'toString')), updated_at: anyTime,
  changed_at: fc.oneof({ weight: 5, arbitrary: fc.constant('2025-11-08 00:00:00.000000') }, anyTime),
});

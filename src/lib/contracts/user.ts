import { countries } from './codes.ts';
import { createContract, textOrNull } from './contract.ts';
import { optionalCode, optionalText, optionalTimestamp, requiredText, requiredTimestamp } from './fields.ts';

export const userColumns = ['user_id', 'signup_date', 'device_type', 'country', 'updated_at', 'changed_at'] as const;
export type UserColumn = (typeof userColumns)[number];

/**
 * A version of a user, DATA.md 1.4. Where the source has no updated_at, the version is effective from the sign-up.
 * Its arrival is changed_at, so that "updated_at not above changed_at + 24 h" is the rule every time keeps.
 */
export const user = createContract<UserColumn>({
  sourceSystem: 'users',
  version: 1,
  columns: userColumns,
  fields: {
    user_id: requiredText(),
    signup_date: requiredTimestamp(),
    device_type: optionalText(),
    country: optionalCode(countries),
    updated_at: optionalTimestamp(),
    changed_at: requiredTimestamp(),
  },
  times: ['signup_date', 'updated_at'],
  toColumns: (read, _context, record) => ({
    user_id: textOrNull(read['user_id']),
    signup_date: textOrNull(read['signup_date']),
    device_type: textOrNull(read['device_type']),
    country: textOrNull(read['country']),
    updated_at: textOrNull(read['updated_at']) ?? ((record['updated_at'] ?? '') === '' ? textOrNull(read['signup_date']) : null),
    changed_at: textOrNull(read['changed_at']),
  }),
});

/** Rows of the shop's users as PostgreSQL can hold them, and what DATA.md 1.5 says must become of each. */
export interface UserCase {
  readonly name: string;
  /** As given to PostgreSQL; times in any form it reads. */
  readonly row: { readonly user_id: string; readonly created_at: string; readonly device_type: string | null; readonly country: string | null; readonly updated_at: string | null };
  readonly broken: readonly string[];
}

const userCase = (name: string, changes: Partial<UserCase['row']> = {}, broken: readonly string[] = []): UserCase => ({
  name, row: { user_id: `fuzz ${name}`, created_at: '2025-01-01 00:00:00+00', device_type: 'Web', country: 'PE', updated_at: '2025-02-01 00:00:00+00', ...changes }, broken,
});

const TIMES: readonly (readonly [string, boolean])[] = [
  ['2025-01-01 00:00:00.123456+05:30', true], ['2000-01-01 00:00:00+00', true], ['1999-12-31 23:59:59.999999+00', false], ['1970-01-01 00:00:00+00', false],
  ['2999-01-01 00:00:00+00', false], ['9999-12-31 23:59:59.999999+00', false], ['10000-01-01 00:00:00+00', false], ['294276-12-31 00:00:00+00', false],
  ['0001-01-01 00:00:00+00', false], ['0001-12-31 00:00:00+00 BC', false], ['2025-01-01 00:00:00+00 BC', false], ['4714-11-24 00:00:00+00 BC', false],
  ['infinity', false], ['-infinity', false],
];

export const userCases: readonly UserCase[] = [
  userCase('as it should be'),
  ...TIMES.map(([time, good]) => userCase(`signed up ${time}`, { created_at: time }, good ? [] : ['signup_date'])),
  ...TIMES.map(([time, good]) => userCase(`updated ${time}`, { updated_at: time }, good ? [] : ['updated_at'])),
  userCase('nothing optional', { device_type: null, country: null, updated_at: null }),
  userCase('what is optional empty', { device_type: '', country: '' }),
  userCase('no id', { user_id: '' }, ['user_id']),
  userCase('a blank id', { user_id: ' ' }),
  userCase('an id of 1,024 letters', { user_id: 'i'.repeat(1_024) }),
  userCase('an id of 1,025 letters', { user_id: 'i'.repeat(1_025) }, ['user_id']),
  userCase('an id with quotes, slashes, line ends', { user_id: 'fuzz "a" \'b\' ../c?d=e#f\r\n\tg\\' }),
  userCase('an id that begins with a byte order mark', { user_id: '\ufefffuzz mark' }),
  userCase('an id of emoji', { user_id: 'fuzz 👩‍👩‍👧 😀' }),
  userCase('an id that composes', { user_id: 'fuzz e\u0301' }),
  userCase('an id that is composed', { user_id: 'fuzz \u00e9' }),
  userCase('an id of noncharacters', { user_id: 'fuzz \uffff\u{10ffff}\u0001\u007f\u202e' }),
  userCase('a country in small letters', { country: 'pe' }, ['country']),
  userCase('a country nobody knows', { country: 'XX' }, ['country']),
  userCase('a country by its name', { country: 'Perú' }, ['country']),
  userCase('a country every object has', { country: 'constructor' }, ['country']),
  userCase('a blank country', { country: ' ' }, ['country']),
  userCase('a device of 1,025 letters', { device_type: 'd'.repeat(1_025) }, ['device_type']),
  userCase('a device of a megabyte', { device_type: 'd'.repeat(1_000_000) }, ['device_type']),
  userCase('a device above 1 MB', { device_type: 'd'.repeat(1_048_576) }, ['payload']),
  userCase('everything wrong', { user_id: 'u'.repeat(1_500), created_at: 'infinity', device_type: 'd'.repeat(1_025), country: 'XX', updated_at: '-infinity' },
    ['user_id', 'signup_date', 'device_type', 'country', 'updated_at']),
];

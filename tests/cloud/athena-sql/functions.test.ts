import type { DuckDBConnection } from '@duckdb/node-api';
import { functionNamed, functionNames } from '../../../localcloud/athena/sql/functions/index.ts';
import type { Signature } from '../../../localcloud/athena/sql/functions/signature.ts';
import { translate } from '../../../localcloud/athena/sql/index.ts';
import { parseTypeText } from '../../../localcloud/athena/sql/type-text.ts';
import { duckType } from '../../../localcloud/athena/sql/types.ts';
import type { TrinoType } from '../../../localcloud/athena/sql/types.ts';
import { openDuckDB, rowsOf } from './duckdb.ts';

/** Calls whose arguments must have a form of their own. */
const CALLS: Readonly<Record<string, string>> = {
  date_parse: `date_parse('2024-01-02', '%Y-%m-%d')`,
  date_format: `date_format(DATE '2024-01-02', '%Y-%m-%d')`,
  parse_datetime: `parse_datetime('2024-01-02', 'yyyy-MM-dd')`,
  format_datetime: `format_datetime(DATE '2024-01-02', 'yyyy-MM-dd')`,
  date_diff: `date_diff('day', DATE '2024-01-01', DATE '2024-01-02')`,
  date_add: `date_add('day', 1, DATE '2024-01-01')`,
  date_trunc: `date_trunc('month', DATE '2024-01-02')`,
  with_timezone: `with_timezone(TIMESTAMP '2024-01-01 00:00:00', 'UTC')`,
  from_iso8601_timestamp: `from_iso8601_timestamp('2024-01-01T00:00:00Z')`,
  from_iso8601_date: `from_iso8601_date('2024-01-01')`,
  date: `date('2024-01-01')`,
  json_extract: `json_extract('{"a":1}', '$.a')`,
  json_extract_scalar: `json_extract_scalar('{"a":1}', '$.a')`,
  json_size: `json_size('{"a":1}', '$')`,
  json_array_get: `json_array_get('[1]', 0)`,
  json_parse: `json_parse('{}')`,
  array_sort: 'array_sort(ARRAY[2, 1])',
  sequence: 'sequence(1, 3)',
  from_base64: `from_base64('AA==')`,
  approx_percentile: 'approx_percentile(1, 0.5)',
  split_to_map: `split_to_map('a=1,b=2', ',', '=')`,
  regexp_extract_all: `regexp_extract_all('a1b2', '([a-z])([0-9])', 2)`,
  format: `format('%s', 'a')`,
  hamming_distance: `hamming_distance('ab', 'ac')`,
  regexp_extract: `regexp_extract('a1', '([a-z])([0-9])', 2)`,
  regexp_replace: `regexp_replace('a1', '[0-9]', 'x')`,
  from_utf8: `from_utf8(X'41', '?')`,
  from_base: `from_base('ff', 16)`,
  to_base: 'to_base(255, 16)',
  bit_count: 'bit_count(9, 64)',
  from_base32: `from_base32('MFRGG')`,
  from_base64url: `from_base64url('YQ')`,
  split_to_multimap: `split_to_multimap('a=1,a=2', ',', '=')`,
  width_bucket: 'width_bucket(3e0, 1e0, 10e0, 4)',
  trim_array: 'trim_array(ARRAY[1, 2], 1)',
  from_hex: `from_hex('4a')`,
  acos: 'acos(0.5)',
  asin: 'asin(0.5)',
};

type Pattern = Signature['parameters'][number];

const TYPE_SAMPLES: Readonly<Record<string, string>> = {
  varchar: `'41'`,
  bigint: '2',
  double: '1.5e0',
  boolean: 'true',
  varbinary: `X'41'`,
  date: `DATE '2024-01-01'`,
  time: `TIME '10:00:00'`,
  'interval day to second': `INTERVAL '1' DAY`,
  'interval year to month': `INTERVAL '1' MONTH`,
  timestamp: `TIMESTAMP '2024-01-01 00:00:00'`,
  json: `json_parse('{"a":1}')`,
};

const RESULT_SAMPLES: Readonly<Record<string, string>> = { type: 'true', variable: '1' };

/** A value of a parameter's type. */
const sample = (pattern: Pattern): string => {
  switch (pattern.is) {
    case 'variable':
      return pattern.name === 'I' ? TYPE_SAMPLES.date! : '1';
    case 'class':
      return pattern.name === 'instant' ? TYPE_SAMPLES.date! : '1';
    case 'type':
      return TYPE_SAMPLES[pattern.type.kind] ?? (pattern.type.kind === 'array' ? `ARRAY['a']` : 'NULL');
    case 'array':
      return `ARRAY[${sample(pattern.element)}]`;
    case 'map':
      return `MAP(ARRAY[${sample(pattern.key)}], ARRAY[${sample(pattern.value)}])`;
    case 'row':
      return `ROW(${pattern.fields.map(sample).join(', ')})`;
    case 'function':
      return `(${pattern.parameters.map((_, index) => `p${index}`).join(', ')}) -> ${RESULT_SAMPLES[pattern.result.is]!}`;
  }
};

const calls = functionNames().flatMap((name): [string, string][] => {
  const rule = functionNamed(name)!;
  const over = rule.kind === 'window' ? ' OVER (ORDER BY 1)' : '';
  const own = CALLS[name];
  if (own !== undefined) return [[name, own]];
  return rule.signatures.map((signature) => [name, `${name}(${signature.parameters.map(sample).join(', ')})${over}`]);
});

/** DuckDB's own name of a type, as typeof tells it. */
const inDuckDB = (type: TrinoType): string => duckType(type).replace('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE').replace(/"(field\d+)" /g, '$1 ');

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openDuckDB();
});

afterAll(() => {
  connection.closeSync();
});

describe('a function of the list', () => {
  test.each(calls)('%s runs in DuckDB and gives the type it says: %s', async (_name, call) => {
    const statement = translate(`SELECT ${call} FROM (VALUES 1) t(x)`);
    if (statement.kind !== 'query') throw new Error('a query');
    const [[actual] = []] = await rowsOf(connection, `SELECT typeof("_col0") FROM (${statement.sql})`);
    const declared = parseTypeText(statement.output?.[0]?.type ?? '');
    expect(actual).toBe(declared && inDuckDB(declared));
  });

  test('stands in neither of the two lists of names at once', async () => {
    const { isTrinoFunction } = await import('../../../localcloud/athena/sql/functions/index.ts');
    expect(functionNames().filter(isTrinoFunction)).toEqual([]);
  });
});

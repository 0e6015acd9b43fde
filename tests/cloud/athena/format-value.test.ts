import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { formatValue } from '../../../localcloud/athena/results/format-value.ts';
import { parseTrinoType, trinoTypeOfDuck, trinoTypeText } from '../../../localcloud/athena/trino-types.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone='UTC'");
});

const print = async (sql: string, type?: string): Promise<string | null> => {
  const reader = await connection.runAndReadAll(`SELECT ${sql}`);
  const trinoType = type === undefined ? trinoTypeOfDuck(reader.columnType(0)) : parseTrinoType(type)!;
  return formatValue(reader.getRows()[0]![0]!, trinoType);
};

/** As Athena prints them; doubles as java.lang.Double.toString. */
const CASES: [sql: string, printed: string | null, type?: string][] = [
  ['NULL::INTEGER', null],
  ['true', 'true'],
  ['-42', '-42'],
  ['9223372036854775807', '9223372036854775807'],
  ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
  ['1.5::DOUBLE', '1.5'],
  ['1::DOUBLE', '1.0'],
  ['0::DOUBLE', '0.0'],
  ['-0.0::DOUBLE', '-0.0'],
  ['0.001::DOUBLE', '0.001'],
  ['0.0001234::DOUBLE', '1.234E-4'],
  ['9999999::DOUBLE', '9999999.0'],
  ['10000000::DOUBLE', '1.0E7'],
  ['123456789.125::DOUBLE', '1.23456789125E8'],
  ["'nan'::DOUBLE", 'NaN'],
  ["'-inf'::DOUBLE", '-Infinity'],
  ['0.1::FLOAT', '0.1'],
  ['16777216::FLOAT', '1.6777216E7'],
  ['INTERVAL 1 DAY', '1 00:00:00.000'],
  ["INTERVAL 49 HOUR + INTERVAL '5.0069' SECOND", '2 01:00:05.006'],
  ["INTERVAL '-90' SECOND", '-0 00:01:30.000'],
  ['INTERVAL 14 MONTH', '1-2', 'interval year to month'],
  ['INTERVAL (-3) MONTH', '-0-3', 'interval year to month'],
  ['[INTERVAL 14 MONTH]', '[1-2]', 'array(interval year to month)'],
  ["{'a': INTERVAL 14 MONTH, 'b': INTERVAL 1 DAY}", '{a=1-2, b=1 00:00:00.000}', 'row(interval year to month, b interval day to second)'],
  ['12.50::DECIMAL(10,2)', '12.50'],
  ['-0.05::DECIMAL(10,2)', '-0.05'],
  ['7::DECIMAL(38,0)', '7'],
  ["DATE '2024-02-29'", '2024-02-29'],
  ["DATE '0001-01-01'", '0001-01-01'],
  ["TIMESTAMP '2024-01-01 00:00:00'", '2024-01-01 00:00:00.000000'],
  ["TIMESTAMP '2024-01-01 00:00:00.123456'", '2024-01-01 00:00:00.123', 'timestamp(3)'],
  ["TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31 23:59:59.999999'],
  ["TIMESTAMP '2024-01-01 10:00:00'", '2024-01-01 10:00:00.000', 'timestamp(0)'],
  ["TIMESTAMPTZ '2024-01-01 10:00:00+02'", '2024-01-01 08:00:00.000 UTC'],
  ["TIME '10:11:12.5'", '10:11:12.500', 'time(3)'],
  ["'text, with \"all\"'", 'text, with "all"'],
  ["'\\x00\\xFF'::BLOB", '00 ff'],
  ["['a', NULL, 'b']", '[a, null, b]'],
  ["{'a': 1, 'b': 'x'}", '{a=1, b=x}'],
  ["MAP {'k': 1, 'l': 2}", '{k=1, l=2}'],
  ["[{'a': TIMESTAMP '2024-01-01 00:00:00'}]", '[{a=2024-01-01 00:00:00.000}]', 'array(row(a timestamp(3)))'],
];

test.each(CASES.map(([sql, printed, type]) => ({ sql, printed, type })))('$sql prints as $printed', async ({ sql, printed, type }) => {
  expect(await print(sql, type)).toBe(printed);
});

test.each(['varchar', 'varchar(10)', 'decimal(10,2)', 'timestamp(6)', 'timestamp(3) with time zone', 'array(row(a integer, b varchar))', 'map(varchar, array(bigint))'])('%s is read as a type and printed again', (text) => {
  expect(trinoTypeText(parseTrinoType(text)!)).toBe(text);
});

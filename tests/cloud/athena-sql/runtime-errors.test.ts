import type { DuckDBConnection } from '@duckdb/node-api';
import { SqlError, fillPlaceholders, translate, translateError } from '../../../localcloud/athena/sql/index.ts';
import { openDuckDB, rowsOf } from './duckdb.ts';

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openDuckDB();
  await connection.run(`CREATE TABLE t AS SELECT * FROM (VALUES (1, 'x', 0), (2, '2024-01-01', 1)) v(id, name, zero)`);
});

afterAll(() => {
  connection.closeSync();
});

const messageOf = async (sql: string): Promise<string> => {
  try {
    const statement = translate(sql);
    if (statement.kind !== 'query') throw new Error('a query');
    await rowsOf(connection, fillPlaceholders(statement.sql, statement.tables, () => 't'));
    return 'no error';
  } catch (error) {
    return translateError(error).message;
  }
};

describe('an error of DuckDB in Trino’s words', () => {
  test.each([
    ['SELECT id / zero FROM t', 'DIVISION_BY_ZERO: Division by zero'],
    ['SELECT CAST(name AS integer) FROM t', `INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT`],
    ['SELECT CAST(name AS date) FROM t', 'INVALID_CAST_ARGUMENT: Value cannot be cast to date: x'],
    ['SELECT CAST(name AS timestamp(6)) FROM t', 'INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: x'],
    [`SELECT CAST('2024-02-30' AS date)`, 'INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2024-02-30'],
    [`SELECT CAST('12345.6' AS decimal(5,2))`, `INVALID_CAST_ARGUMENT: Cannot cast '12345.6' to DECIMAL(5, 2)`],
    ['SELECT CAST(3000000000 AS integer)', 'NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: 3000000000'],
    ['SELECT nope FROM t', `COLUMN_NOT_FOUND: Column 'nope' cannot be resolved`],
    ['SELECT t.nope FROM t', `COLUMN_NOT_FOUND: Column 't.nope' cannot be resolved`],
    ['SELECT id FROM t AS a CROSS JOIN t AS b', `AMBIGUOUS_NAME: Column 'id' is ambiguous`],
    ['SELECT id, count(*) FROM t', `EXPRESSION_NOT_AGGREGATE: 'id' must be an aggregate expression or appear in GROUP BY clause`],
    ['SELECT id FROM t WHERE count(*) > 1', 'EXPRESSION_NOT_SCALAR: line 1:24: WHERE clause cannot contain aggregations, window functions or grouping operations: [count(*)]'],
    ['SELECT (SELECT id FROM t)', 'SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows'],
    [`SELECT date_parse(name, '%Y-%m-%d') FROM t`, 'INVALID_FUNCTION_ARGUMENT: Invalid format: "x"'],
    ['SELECT name[1] FROM t', 'TYPE_MISMATCH'],
  ])('%s', async (sql, message) => {
    expect((await messageOf(sql)).slice(0, message.length)).toBe(message);
  });

  test('that nobody’s data can cause is an internal one, with its text and cause', () => {
    const error = new Error('INTERNAL Error: something');
    expect(translateError(error)).toMatchObject({ errorName: 'GENERIC_INTERNAL_ERROR', category: 1, cause: error, message: 'GENERIC_INTERNAL_ERROR: INTERNAL Error: something' });
  });

  test('keeps an error that is translated already', () => {
    const error = new SqlError('TYPE_MISMATCH', 'x', { line: 2, column: 3 });
    expect(translateError(error)).toBe(error);
    expect(error.message).toBe('TYPE_MISMATCH: line 2:3: x');
  });
});

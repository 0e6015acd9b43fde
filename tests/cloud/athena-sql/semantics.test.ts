import type { DuckDBConnection } from '@duckdb/node-api';
import { translate, translateError } from '../../../localcloud/athena/sql/index.ts';
import { openDuckDB, rowsOf } from './duckdb.ts';
import { SEMANTICS } from './semantics.cases.ts';

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openDuckDB();
});

afterAll(() => {
  connection.closeSync();
});

/** The first value of a query as text, or the name of the error it ends with. */
const answer = async (expression: string): Promise<string | null> => {
  try {
    const statement = translate(`SELECT ${expression} AS r`);
    if (statement.kind !== 'query') throw new Error('not a query');
    const value = (await rowsOf(connection, statement.sql))[0]?.[0];
    return value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
  } catch (error) {
    const failure = translateError(error);
    return `fails: ${failure.errorName === 'GENERIC_INTERNAL_ERROR' ? failure.message : failure.errorName}`;
  }
};

/** 3 and 3.0 are one number; 1.50 and 1.5 are different decimals. */
const asExpected = (expected: string | null, actual: string | null): string | null => {
  const numbers = expected !== null && actual !== null && expected !== '' && actual !== '' && !/^-?\d+\.\d+$/.test(expected);
  return numbers && Number(expected) === Number(actual) ? expected : actual;
};

describe('the table of cases', () => {
  test('says of each answer where it comes from', () => {
    expect(SEMANTICS.filter(({ source }) => !/^(Trino \d+|[a-z]+\/[a-z-]+\.html.*|[a-z]+\.html.*)$/.test(source)).map(({ title }) => title)).toEqual([]);
  });

  test('has no expression twice', () => {
    const expressions = SEMANTICS.flatMap(({ cases }) => cases.map(([expression]) => expression));
    expect(expressions.filter((expression, index) => expressions.indexOf(expression) !== index)).toEqual([]);
  });
});

describe.each(SEMANTICS)('$title', ({ cases }) => {
  test.each(cases)('%s is %j', async (expression, expected) => {
    const wanted = expected !== null && typeof expected === 'object' ? `fails: ${expected.fails}` : expected;
    expect(asExpected(wanted, await answer(expression))).toBe(wanted);
  });
});

import type { DuckDBConnection } from '@duckdb/node-api';
import { fillPlaceholders, translate, translateError } from '../../../localcloud/athena/sql/index.ts';
import { openDuckDB, rowsOf } from './duckdb.ts';

/** How DuckDB runs what is printed: Trino's semantics must not cost pushed-down filters or hash joins. */
let connection: DuckDBConnection;

const COLUMNS = [
  { name: 'id', type: 'bigint' },
  { name: 'name', type: 'varchar' },
  { name: 'day', type: 'date' },
];

beforeAll(async () => {
  connection = await openDuckDB();
  await connection.run(`CREATE TABLE t AS SELECT range AS id, 'n' || range AS name, DATE '2024-01-01' + CAST(range // 1000 AS INTEGER) AS day FROM range(100000)`);
});

afterAll(() => {
  connection.closeSync();
});

const planOf = async (sql: string, known: boolean): Promise<string> => {
  const statement = translate(sql, known ? { columnsOf: () => COLUMNS } : {});
  if (statement.kind !== 'query') throw new Error('a query');
  const [[, plan] = []] = await rowsOf(connection, `EXPLAIN ${fillPlaceholders(statement.sql, statement.tables, () => 't')}`);
  return String(plan);
};

describe.each([
  ['known', true],
  ['unknown', false],
])('with columns %s beforehand', (_name, known) => {
  test.each([
    [`SELECT count(*) AS n FROM t WHERE day = DATE '2024-02-01'`, `day='2024-02-01'::DATE`],
    [`SELECT count(*) AS n FROM t WHERE day BETWEEN DATE '2024-02-01' AND DATE '2024-02-03'`, `day>='2024-02-01'::DATE`],
    [`SELECT count(*) AS n FROM t WHERE name = 'n5'`, `name='n5'`],
  ])('a filter reaches the scan: %s', async (sql, filter) => {
    const plan = (await planOf(sql, known)).replaceAll(/[\s│]+/g, '');
    expect(plan).toContain(filter);
    expect(plan).not.toContain('FILTER');
  });

  test.each(['JOIN', 'LEFT JOIN', 'FULL OUTER JOIN'])('a %s on keys is a hash join', async (join) => {
    const plan = await planOf(`SELECT count(*) AS n FROM t AS a ${join} t AS b ON a.id = b.id AND a.name = b.name`, known);
    expect(plan).toContain('HASH_JOIN');
    expect(plan).not.toMatch(/NL_JOIN|NESTED_LOOP/);
  });

  test('IN of a sub-query is a hash join', async () => {
    expect(await planOf('SELECT count(*) AS n FROM t WHERE id IN (SELECT id FROM t AS s WHERE name > \'n5\')', known)).toContain('HASH_JOIN');
  });
});

describe('types that only DuckDB knows', () => {
  test.each([`day = '2024-01-01'`, `day IN ('2024-01-01')`, 'name = 5', `id > '5'`, `day < 20240101`])('%s fails as soon as there is a row', async (condition) => {
    const statement = translate(`SELECT count(*) AS n FROM t WHERE ${condition}`);
    if (statement.kind !== 'query') throw new Error('a query');
    const failure = await rowsOf(connection, fillPlaceholders(statement.sql, statement.tables, () => 't')).catch(translateError);
    expect(failure).toMatchObject({ errorName: 'TYPE_MISMATCH' });
  });
});

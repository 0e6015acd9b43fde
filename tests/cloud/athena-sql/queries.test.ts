import type { DuckDBConnection } from '@duckdb/node-api';
import { fillPlaceholders, translate } from '../../../localcloud/athena/sql/index.ts';
import { openDuckDB, rowsOf } from './duckdb.ts';

const TABLES: Readonly<Record<string, { columns: { name: string; type: string }[]; rows: string }>> = {
  orders: {
    columns: [
      { name: 'id', type: 'varchar' },
      { name: 'customer', type: 'varchar' },
      { name: 'amount', type: 'decimal(10,2)' },
      { name: 'quantity', type: 'integer' },
      { name: 'placed_at', type: 'timestamp(6)' },
      { name: 'tags', type: 'array(varchar)' },
    ],
    rows: `SELECT * FROM (VALUES
      ('o1', 'ann', 10.00, 1, TIMESTAMP '2024-01-01 10:00:00.5', ['a', 'b']),
      ('o2', 'bob', 20.50, 2, TIMESTAMP '2024-01-01 11:00:00', ['b']),
      ('o3', 'ann', 5.25, 3, TIMESTAMP '2024-01-02 09:00:00', []),
      ('o4', NULL, NULL, 4, TIMESTAMP '2024-01-03 00:00:00', NULL)) v(id, customer, amount, quantity, placed_at, tags)`,
  },
  customers: {
    columns: [
      { name: 'customer', type: 'varchar' },
      { name: 'country', type: 'varchar' },
    ],
    rows: `SELECT * FROM (VALUES ('ann', 'DE'), ('cid', 'FR')) v(customer, country)`,
  },
};

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openDuckDB();
  for (const [name, table] of Object.entries(TABLES)) await connection.run(`CREATE TABLE "${name}" AS ${table.rows}`);
  await connection.run('ALTER TABLE orders ALTER amount TYPE DECIMAL(10,2)');
});

afterAll(() => {
  connection.closeSync();
});

const run = async (sql: string, known: boolean): Promise<unknown[][]> => {
  const statement = translate(sql, known ? { columnsOf: ({ table }) => TABLES[table]?.columns } : {});
  if (statement.kind !== 'query') throw new Error('a query');
  return rowsOf(connection, fillPlaceholders(statement.sql, statement.tables, (table) => `"${table.table}"`));
};

const QUERIES: readonly (readonly [name: string, sql: string, rows: unknown[][]])[] = [
  ['groups by an expression', `SELECT date_trunc('day', placed_at) AS d, count(*) FROM orders GROUP BY date_trunc('day', placed_at) ORDER BY d`, [['2024-01-01 00:00:00', '2'], ['2024-01-02 00:00:00', '1'], ['2024-01-03 00:00:00', '1']]],
  ['groups by a position', `SELECT substr(customer, 1, 1), sum(quantity) FROM orders GROUP BY 1 ORDER BY 1`, [['a', '4'], ['b', '2'], [null, '4']]],
  ['groups by an expression of a macro and selects more of it', `SELECT upper(substr(customer, 1, 1)) AS x, max(id) FROM orders GROUP BY substr(customer, 1, 1) ORDER BY x`, [['A', 'o3'], ['B', 'o2'], [null, 'o4']]],
  ['filters groups', 'SELECT customer FROM orders GROUP BY customer HAVING count(*) > 1', [['ann']]],
  ['orders by an alias before a column', 'SELECT id, -quantity AS quantity FROM orders ORDER BY quantity LIMIT 1', [['o4', -4]]],
  ['orders by an expression of a column that is not selected', 'SELECT id FROM orders ORDER BY quantity * -1 LIMIT 2', [['o4'], ['o3']]],
  ['puts NULL last, up and down', 'SELECT customer FROM orders ORDER BY customer DESC, id', [['bob'], ['ann'], ['ann'], [null]]],
  ['skips and limits', 'SELECT id FROM orders ORDER BY id OFFSET 1 LIMIT 2', [['o2'], ['o3']]],
  ['joins with USING', 'SELECT customer, country, id FROM orders JOIN customers USING (customer) ORDER BY id', [['ann', 'DE', 'o1'], ['ann', 'DE', 'o3']]],
  ['joins both sides wholly', 'SELECT o.id, c.customer FROM orders o FULL OUTER JOIN customers c ON o.customer = c.customer ORDER BY o.id, c.customer', [['o1', 'ann'], ['o2', null], ['o3', 'ann'], ['o4', null], [null, 'cid']]],
  ['joins by a function of a column', `SELECT count(*) FROM orders o LEFT JOIN customers c ON lower(o.customer) = lower(c.customer) AND c.country = 'DE'`, [['4']]],
  ['unnests beside a table', 'SELECT o.id, u.tag, u.n FROM orders o CROSS JOIN UNNEST(o.tags) WITH ORDINALITY AS u(tag, n) ORDER BY 1, 3', [['o1', 'a', '1'], ['o1', 'b', '2'], ['o2', 'b', '1']]],
  ['unnests and keeps rows without elements', 'SELECT o.id, u.tag FROM orders o LEFT JOIN UNNEST(o.tags) AS u(tag) ON true ORDER BY 1, 2', [['o1', 'a'], ['o1', 'b'], ['o2', 'b'], ['o3', null], ['o4', null]]],
  ['compares with the query around it', 'SELECT id FROM orders o WHERE quantity = (SELECT max(quantity) FROM orders i WHERE i.customer = o.customer) ORDER BY id', [['o2'], ['o3']]],
  ['asks for existence', 'SELECT id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.customer = o.customer) ORDER BY id', [['o2'], ['o4']]],
  ['numbers rows', 'SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY customer ORDER BY placed_at DESC) AS n FROM orders) WHERE n = 1 ORDER BY id', [['o2'], ['o3'], ['o4']]],
  ['looks ahead', 'SELECT id, lead(id, 1, \'none\') OVER w FROM orders WHERE customer = \'ann\' WINDOW w AS (ORDER BY placed_at)', [['o1', 'o3'], ['o3', 'none']]],
  ['frames by an interval', `SELECT id, count(*) OVER (ORDER BY placed_at RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW) FROM orders ORDER BY 1`, [['o1', '1'], ['o2', '2'], ['o3', '3'], ['o4', '2']]],
  ['nests common table expressions', 'WITH a AS (SELECT id, quantity FROM orders), b AS (SELECT a.* FROM a WHERE quantity > 2) SELECT count(*), max(id) FROM b', [['2', 'o4']]],
  ['recurs', 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4) SELECT sum(n) FROM c', [['10']]],
  ['unites, subtracts and intersects', `(SELECT customer FROM orders EXCEPT SELECT customer FROM customers) UNION ALL (SELECT customer FROM orders INTERSECT SELECT customer FROM customers) ORDER BY 1`, [['ann'], ['bob'], [null]]],
  ['adds up by sets', 'SELECT customer, count(*), grouping(customer) FROM orders WHERE customer IS NOT NULL GROUP BY GROUPING SETS ((customer), ()) ORDER BY 3, 1', [['ann', '2', 0], ['bob', '1', 0], [null, '3', 1]]],
  ['rolls up', 'SELECT customer, sum(quantity) FROM orders WHERE quantity < 4 GROUP BY ROLLUP (customer) ORDER BY 2', [['bob', '2'], ['ann', '4'], [null, '6']]],
  ['takes one of each', 'SELECT DISTINCT customer FROM orders WHERE customer IS NOT NULL ORDER BY customer', [['ann'], ['bob']]],
  ['aggregates a part', 'SELECT count(*) FILTER (WHERE quantity > 1), array_agg(id ORDER BY id DESC) FILTER (WHERE customer = \'ann\') FROM orders', [['3', ['o3', 'o1']]]],
  ['averages decimals with their scale', 'SELECT CAST(avg(CAST(amount AS decimal(10,2))) AS varchar) FROM orders', [['11.92']]],
  ['keeps all digits of a time as text', 'SELECT CAST(placed_at AS varchar) FROM orders WHERE id = \'o1\'', [['2024-01-01 10:00:00.500000']]],
  ['divides integers', 'SELECT sum(quantity) / 3 FROM orders', [['3']]],
  ['reads fields of a row', `SELECT r.a, r.b FROM (SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar)) AS r)`, [[1, 'x']]],
  ['joins laterally', 'SELECT c.customer, x.m FROM customers c CROSS JOIN LATERAL (SELECT max(quantity) AS m FROM orders o WHERE o.customer = c.customer) AS x ORDER BY 1', [['ann', 3], ['cid', null]]],
  ['compares rows', `SELECT count(*) FROM orders WHERE (id, customer) IN (SELECT id, customer FROM orders WHERE quantity = 1)`, [['1']]],
  ['names what has no name', 'SELECT _col1 FROM (SELECT id, quantity * 2 FROM orders) ORDER BY 1 LIMIT 1', [[2]]],
  ['takes the greatest by another', 'SELECT max_by(id, placed_at), min_by(customer, quantity) FROM orders', [['o4', 'ann']]],
  ['takes an element and its place', `SELECT tags[1], element_at(tags, 2), array_position(tags, 'b') FROM orders WHERE id = 'o1'`, [['a', 'b', '2']]],
  ['casts text only in the forms Trino takes', `SELECT TRY_CAST(x AS timestamp(6)), TRY_CAST(x AS date), TRY_CAST(x AS integer), TRY_CAST(x AS decimal(5,1)) FROM (SELECT replace(id, 'o', '2024-01-01T0') AS x FROM orders WHERE id = 'o1')`, [[null, null, null, null]]],
  ['hashes to hex', `SELECT lower(to_hex(sha256(to_utf8('a' || id)))) = lower(to_hex(from_hex(to_hex(sha256(to_utf8('a' || id)))))) FROM orders WHERE id = 'o1'`, [[true]]],
  ['does not match an unknown', `SELECT count(*) FROM orders WHERE NOT (customer = 'ann')`, [['1']]],
  ['tells unknowns apart', `SELECT count(*) FROM orders WHERE customer IS DISTINCT FROM 'ann'`, [['2']]],
];

describe.each([
  ['known', true],
  ['unknown', false],
])('a query over tables of %s columns', (_name, known) => {
  test.each(QUERIES)('%s', async (_what, sql, rows) => {
    expect(await run(sql, known)).toEqual(rows);
  });
});

test('what is no column and no field of a row is named by its place, whatever words it consists of', () => {
  const known = { orders: TABLES['orders']?.columns ?? [] };
  const statement = translate('SELECT NOT true, CASE WHEN true THEN 1 END, quantity IS NULL, orders.quantity, id FROM orders', { columnsOf: () => known.orders });
  const sql = 'sql' in statement ? statement.sql : '';
  expect([...sql.matchAll(/ AS "(\w+)"[, ]/g)].map(([, name]) => name).slice(0, 5)).toEqual(['_col0', '_col1', '_col2', 'quantity', 'id']);
});

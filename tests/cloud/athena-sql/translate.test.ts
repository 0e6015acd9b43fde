import { SqlError, fillPlaceholders, translate } from '../../../localcloud/athena/sql/index.ts';
import type { ColumnDescription, Insert, Merge, Query, TableReference, TranslatedStatement, Update } from '../../../localcloud/athena/sql/index.ts';
import { ACCEPTED, NOT_SUPPORTED } from './corpus.cases.ts';

const ORDERS: ColumnDescription[] = [
  { name: 'id', type: 'string' },
  { name: 'amount', type: 'decimal(10,2)' },
  { name: 'quantity', type: 'int' },
  { name: 'placed_at', type: 'timestamp(6)' },
  { name: 'day', type: 'date' },
  { name: 'tags', type: 'array<string>' },
];

/** lake.orders is known; every other table is not. */
const columnsOf = ({ schema, table }: { schema: string | undefined; table: string }): ColumnDescription[] | undefined => (schema === 'lake' && table === 'orders' ? ORDERS : undefined);

const typed = <Kind extends TranslatedStatement['kind']>(kind: Kind, sql: string): Extract<TranslatedStatement, { kind: Kind }> => {
  const statement = translate(sql, { columnsOf });
  if (statement.kind !== kind) throw new Error(`${statement.kind} instead of ${kind}`);
  return statement as Extract<TranslatedStatement, { kind: Kind }>;
};

const tablesOf = (sql: string): TableReference[] => translate(sql, { columnsOf }).tables;

const failure = (sql: string, options: Parameters<typeof translate>[1] = { columnsOf }): SqlError => {
  try {
    translate(sql, options);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`accepted: ${sql}`);
};

const columnsRead = (table: TableReference | undefined): string[] => (table === undefined || table.columns === 'all' ? ['*'] : Array.from(table.columns).sort());

describe('the corpus of forms', () => {
  test.each(ACCEPTED)('%s is translated', (_name, sql) => {
    const parameters = / \?/.test(sql) ? { parameters: [`'a'`, '1'] } : {};
    expect(() => translate(sql, parameters)).not.toThrow();
  });

  test.each(NOT_SUPPORTED)('%s is refused by name', (sql, message) => {
    expect(failure(sql, {}).message.replace(/line \d+:\d+: /, '')).toBe(message);
  });
});

describe('tables', () => {
  test('are named in lower case, with metadata tables and time travel apart', () => {
    const [table, snapshots] = tablesOf(`SELECT 1 FROM AwsDataCatalog.Lake."Orders" FOR VERSION AS OF 42 CROSS JOIN lake."orders$snapshots"`);
    expect(table).toMatchObject({ catalog: 'awsdatacatalog', schema: 'lake', table: 'orders', metadataTable: undefined, timeTravel: { kind: 'version', sql: '42' } });
    expect(snapshots).toMatchObject({ table: 'orders', metadataTable: 'snapshots', timeTravel: undefined });
  });

  test('a common table expression is no table, but hides none of another schema', () => {
    const tables = tablesOf('WITH orders AS (SELECT id FROM lake.orders) SELECT id FROM orders');
    expect(tables.map((table) => [table.schema, table.table])).toEqual([['lake', 'orders']]);
  });

  test('are put where the placeholders stand, whatever the texts hold', () => {
    const statement = typed('query', `SELECT id, '⟦table 1⟧' AS x FROM lake.orders`);
    const filled = fillPlaceholders(statement.sql, statement.tables, () => `(SELECT '$&' AS id)`);
    expect(filled).toContain(`'⟦table 1⟧'`);
    expect(filled).toContain(`FROM (SELECT '$&' AS id) AS "orders"`);
  });

  test('tell the columns that are read, and "$path" apart from them', () => {
    const [table] = tablesOf(`SELECT o.id FROM lake.orders o WHERE "$path" IN ('s3://b/k') AND quantity > 1 ORDER BY placed_at`);
    expect(columnsRead(table)).toEqual(['id', 'placed_at', 'quantity']);
    expect(table?.usesPath).toBe(true);
  });

  test('are read whole for a star, and not for count(*)', () => {
    expect(tablesOf('SELECT * FROM lake.orders')[0]?.columns).toBe('all');
    expect(columnsRead(tablesOf('SELECT count(*) FROM lake.orders')[0])).toEqual([]);
  });

  test('of unknown columns are both taken to have a column without a qualifier', () => {
    const [left, right] = tablesOf('SELECT x, a.y FROM lake.a JOIN lake.b ON a.id = b.id');
    expect(columnsRead(left)).toEqual(['id', 'x', 'y']);
    expect(columnsRead(right)).toEqual(['id', 'x']);
  });

  test('are read by a sub-query that refers to the query around it', () => {
    const [outer, inner] = tablesOf('SELECT 1 FROM lake.a WHERE EXISTS (SELECT 1 FROM lake.b WHERE b.id = a.id AND extra = 1)');
    expect(columnsRead(outer)).toEqual(['extra', 'id']);
    expect(columnsRead(inner)).toEqual(['extra', 'id']);
  });

  test('keep "$path" out of a star', () => {
    expect(typed('query', `SELECT * FROM lake.orders WHERE "$path" = 'x'`).sql).toContain('* EXCLUDE ("$path")');
    expect(typed('query', 'SELECT * FROM lake.orders').sql).not.toContain('EXCLUDE');
  });
});

describe('predicates', () => {
  const predicates = (sql: string): unknown[] => tablesOf(sql).map((table) => table.predicates.map(({ column, op, values }) => [column, op, ...values.map((value) => value.value)]));

  test('are the conjuncts that compare a column with a literal', () => {
    const where = `day BETWEEN DATE '2024-01-01' AND CAST('2024-01-31' AS date) AND 5 < quantity AND id IN ('a', 'b') AND amount = 1.50 AND placed_at >= TIMESTAMP '2024-01-01 10:00:00'`;
    expect(predicates(`SELECT 1 FROM lake.orders WHERE ${where}`)).toEqual([
      [['day', '>=', '2024-01-01'], ['day', '<=', '2024-01-31'], ['quantity', '>', '5'], ['id', 'in', 'a', 'b'], ['amount', '=', '1.50'], ['placed_at', '>=', '2024-01-01 10:00:00']],
    ]);
  });

  test.each([
    ['OR', `day = DATE '2024-01-01' OR quantity = 1`],
    ['NOT', `NOT (day = DATE '2024-01-01')`],
    ['NOT IN', `id NOT IN ('a')`],
    ['<>', `id <> 'a'`],
    ['a function of the column', `upper(id) = 'A'`],
    ['another column', 'id = id'],
    ['IS DISTINCT FROM', `id IS DISTINCT FROM 'a'`],
    ['a time rounded by its cast', `placed_at = CAST('2024-01-01 00:00:00.123456' AS timestamp(3))`],
  ])('%s gives none', (_name, where) => {
    expect(predicates(`SELECT 1 FROM lake.orders WHERE ${where}`)).toEqual([[]]);
  });

  test('of an outer join hold for the side whose rows may be missing', () => {
    const on = `a.id = b.id AND a.d = DATE '2024-01-01' AND b.d = DATE '2024-01-02'`;
    expect(predicates(`SELECT 1 FROM lake.a LEFT JOIN lake.b ON ${on}`)).toEqual([[], [['d', '=', '2024-01-02']]]);
    expect(predicates(`SELECT 1 FROM lake.a RIGHT JOIN lake.b ON ${on}`)).toEqual([[['d', '=', '2024-01-01']], []]);
    expect(predicates(`SELECT 1 FROM lake.a FULL JOIN lake.b ON ${on}`)).toEqual([[], []]);
    expect(predicates(`SELECT 1 FROM lake.a JOIN lake.b ON ${on}`)).toEqual([[['d', '=', '2024-01-01']], [['d', '=', '2024-01-02']]]);
  });

  test('of a sub-query do not hold for the table around it', () => {
    expect(predicates(`SELECT 1 FROM lake.a WHERE NOT EXISTS (SELECT 1 FROM lake.b WHERE b.id = a.id AND a.d = DATE '2024-01-01')`)).toEqual([[], []]);
  });
});

describe('results', () => {
  const outputOf = (sql: string): Query['output'] => typed('query', sql).output;

  test('have names and types as Trino gives them', () => {
    expect(outputOf(`SELECT id, amount * 2, count(*) AS N, sum(quantity), avg(amount), max(placed_at) FROM lake.orders GROUP BY 1, 2`)).toEqual([
      { name: 'id', type: 'varchar' },
      { name: '_col1', type: 'decimal(20,2)' },
      { name: 'n', type: 'bigint' },
      { name: '_col3', type: 'bigint' },
      { name: '_col4', type: 'decimal(10,2)' },
      { name: '_col5', type: 'timestamp(6)' },
    ]);
  });

  test('of a star are the table’s columns, where these are known', () => {
    expect(outputOf('SELECT * FROM lake.orders')?.map((column) => column.name)).toEqual(ORDERS.map((column) => column.name));
    expect(outputOf('SELECT * FROM lake.unknown')).toBeUndefined();
  });
});

describe('parameters', () => {
  test('take the places of ? in the order of the text', () => {
    const statement = translate(`SELECT ? AS first, id FROM lake.orders WHERE quantity > ? AND day = ?`, { columnsOf, parameters: [`'x'`, '5', `DATE '2024-01-01'`] });
    expect(statement.tables[0]?.predicates).toMatchObject([{ column: 'quantity', values: [{ value: '5' }] }, { column: 'day', values: [{ value: '2024-01-01' }] }]);
  });

  test('must be as many as there are ?', () => {
    expect(failure('SELECT ?', { parameters: [] }).errorName).toBe('INVALID_PARAMETER_USAGE');
    expect(failure('SELECT ?', { parameters: ['1', '2'] }).errorName).toBe('INVALID_PARAMETER_USAGE');
  });
});

describe('MERGE', () => {
  const merge = (rest: string): Merge => typed('merge', `MERGE INTO lake.orders AS t USING (WITH s AS (SELECT id, quantity FROM lake.stage) SELECT * FROM s) AS s ON t.id = s.id ${rest}`);

  test('is taken apart into source, condition and clauses in their order', () => {
    const statement = merge(`AND t.day BETWEEN DATE '2024-01-01' AND DATE '2024-01-02'
      WHEN MATCHED AND t.quantity < 3 THEN DELETE
      WHEN MATCHED THEN UPDATE SET quantity = 1, tags = ARRAY['x']
      WHEN NOT MATCHED AND s.quantity > 0 THEN INSERT (id, quantity) VALUES (s.id, 2)`);
    expect(statement.target).toEqual(['lake', 'orders']);
    expect([statement.targetAlias, statement.source.alias]).toEqual(['t', 's']);
    expect(statement.clauses).toMatchObject([
      { matched: true, action: 'delete' },
      { matched: true, action: 'update', condition: undefined, set: [['quantity', '1'], ['tags', `[CAST('x' AS VARCHAR)]`]] },
      { matched: false, action: 'insert', columns: ['id', 'quantity'], values: ['"s"."id"', '2'] },
    ]);
    expect([...statement.targetColumns].sort()).toEqual(['day', 'id', 'quantity']);
    expect(statement.targetPredicates.map((predicate) => [predicate.column, predicate.op])).toEqual([['day', '>='], ['day', '<=']]);
    expect(statement.on).toContain('("t"."id" = "s"."id")');
  });

  test('writes no bigint into an integer column', () => {
    expect(() => merge('WHEN MATCHED THEN UPDATE SET quantity = cardinality(t.tags)')).toThrow(/^TYPE_MISMATCH: line 1:\d+: MERGE table column types don't match.*Table: \[integer\], Expressions: \[bigint\]/);
    expect(() => merge('WHEN NOT MATCHED THEN INSERT (id, quantity) VALUES (s.id, 3000000000)')).toThrow('TYPE_MISMATCH');
  });

  test('knows the target’s columns', () => {
    expect(() => merge('WHEN MATCHED THEN UPDATE SET nope = 1')).toThrow(/COLUMN_NOT_FOUND: .*'nope' cannot be resolved/);
  });
});

describe('INSERT, UPDATE and DELETE', () => {
  test('INSERT checks number and types of its columns', () => {
    expect((typed('insert', `INSERT INTO lake.orders (id, day) SELECT 'a', DATE '2024-01-01'`) satisfies Insert).columns).toEqual(['id', 'day']);
    expect(failure(`INSERT INTO lake.orders (id, day) VALUES ('a', '2024-01-01')`).message).toContain('Insert query has mismatched column types: Table: [varchar, date], Query: [varchar(1), varchar(10)]');
    expect(failure(`INSERT INTO lake.orders (id) VALUES ('a', 'b')`).errorName).toBe('TYPE_MISMATCH');
    expect(failure(`INSERT INTO lake.orders (id, id) VALUES ('a', 'b')`).message).toContain('Column name specified more than once: id');
    expect(failure(`INSERT INTO lake.orders VALUES ('a')`).errorName).toBe('TYPE_MISMATCH');
  });

  test('UPDATE and DELETE give what they read of their table', () => {
    const update: Update = typed('update', `UPDATE lake.orders SET amount = CAST(amount * 2 AS decimal(10,2)) WHERE id = 'a'`);
    expect(update).toMatchObject({ target: ['lake', 'orders'], alias: 'orders', set: [['amount', expect.stringContaining('"amount"')]], targetPredicates: [{ column: 'id', op: '=' }] });
    expect([...update.targetColumns].sort()).toEqual(['amount', 'id']);
    expect(typed('delete', 'DELETE FROM lake.orders').where).toBeUndefined();
  });
});

describe('refusals by the text alone', () => {
  test.each([
    ['two statements', 'SELECT 1; SELECT 2', 'SYNTAX_ERROR: line 1:11: Only one sql statement is allowed.'],
    ['nothing', ' -- only a comment\n', 'SYNTAX_ERROR: line 1:1: mismatched input <EOF>'],
    ['back quotes', 'SELECT `id` FROM lake.orders', 'SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers'],
    ['a casting operator', 'SELECT 1::integer', 'SYNTAX_ERROR: line 1:9: '],
    ['UPDATE SET *', 'MERGE INTO lake.orders t USING lake.s s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *', 'SYNTAX_ERROR: line 1:85: '],
    ['INSERT *', 'MERGE INTO lake.orders t USING lake.s s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *', 'SYNTAX_ERROR: line 1:85: '],
    ['an alias before MERGE’s insert columns', 'MERGE INTO lake.orders t USING lake.s s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (t.id) VALUES (s.id)', 'SYNTAX_ERROR: line 1:87: '],
    ['an alias before INSERT’s columns', 'INSERT INTO lake.orders (orders.id) SELECT 1', 'SYNTAX_ERROR: line 1:26: '],
    ['NOT MATCHED BY SOURCE', 'MERGE INTO lake.orders t USING lake.s s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE', 'SYNTAX_ERROR: line 1:73: '],
    ['LIMIT before OFFSET', 'SELECT 1 LIMIT 1 OFFSET 1', 'SYNTAX_ERROR: line 1:18: '],
    ['QUALIFY', 'SELECT 1 FROM lake.a QUALIFY row_number() OVER () = 1', 'SYNTAX_ERROR: '],
    ['a digit first', 'SELECT 1a FROM lake.a', 'SYNTAX_ERROR: line 1:8: '],
    ['an unknown function', 'SELECT strftime(day) FROM lake.orders', `FUNCTION_NOT_FOUND: line 1:8: Function 'strftime' not registered`],
    ['an expression nested too deep', `SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`, 'STATEMENT_TOO_LARGE: '],
    ['a statement that is no DML', 'DROP TABLE lake.orders', 'NOT_SUPPORTED: line 1:1: '],
  ])('%s', (_name, sql, message) => {
    expect(failure(sql).message.slice(0, message.length)).toBe(message);
  });
});

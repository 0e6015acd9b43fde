import { GetTableCommand } from '@aws-sdk/client-glue';
import { readdirSync } from 'node:fs';
import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE silver');
});
afterEach(() => cloud.stop());

const createOrders = (name = 'orders'): Promise<unknown> =>
  cloud.run(`CREATE TABLE silver.${name} (order_id string, status string, amount decimal(10,2), tags array<string>, ordered_at timestamp, order_date date)
    PARTITIONED BY (order_date) LOCATION 's3://lake/silver/${name}/' TBLPROPERTIES ('table_type'='ICEBERG', 'format'='parquet', 'write_compression'='zstd')`);

const VALUES = `SELECT * FROM (VALUES
  ('a', 'new', DECIMAL '10.50', ARRAY['x', 'y'], CAST(TIMESTAMP '2025-01-01 10:00:00.123456' AS timestamp(6)), DATE '2025-01-01'),
  ('b', 'new', DECIMAL '20.00', CAST(NULL AS array(varchar)), CAST(TIMESTAMP '2025-01-02 10:00:00' AS timestamp(6)), DATE '2025-01-02')
) AS v(order_id, status, amount, tags, ordered_at, order_date)`;

describe('rows of an Iceberg table', () => {
  beforeEach(() => createOrders());

  test('are inserted and read back as Athena prints them', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    expect(await cloud.run('SELECT * FROM silver.orders ORDER BY order_id')).toEqual([
      ['a', 'new', '10.50', '[x, y]', '2025-01-01 10:00:00.123456', '2025-01-01'],
      ['b', 'new', '20.00', null, '2025-01-02 10:00:00.000000', '2025-01-02'],
    ]);
  });

  test('are merged: updated, deleted and inserted in one snapshot', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    const merge = `MERGE INTO silver.orders AS t
      USING (SELECT * FROM (VALUES ('a', 'paid', DATE '2025-01-01'), ('b', 'gone', DATE '2025-01-02'), ('c', 'new', DATE '2025-01-03')) AS v(order_id, status, order_date)) AS s
      ON t.order_id = s.order_id AND t.order_date = s.order_date
      WHEN MATCHED AND s.status = 'gone' THEN DELETE
      WHEN MATCHED AND t.status <> s.status THEN UPDATE SET status = s.status
      WHEN NOT MATCHED THEN INSERT (order_id, status, order_date) VALUES (s.order_id, s.status, s.order_date)`;
    await cloud.run(merge);
    expect(await cloud.run('SELECT order_id, status, amount FROM silver.orders ORDER BY 1')).toEqual([['a', 'paid', '10.50'], ['c', 'new', null]]);
    expect(await cloud.run('SELECT count(*) FROM silver."orders$snapshots"')).toEqual([['2']]);
  });

  test('a MERGE that changes nothing commits no snapshot', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run(`MERGE INTO silver.orders t USING (${VALUES}) s ON t.order_id = s.order_id WHEN MATCHED AND t.status <> s.status THEN UPDATE SET status = s.status`);
    expect(await cloud.run('SELECT count(*) FROM silver."orders$snapshots"')).toEqual([['1']]);
  });

  test('are updated and deleted', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run(`UPDATE silver.orders SET status = upper(status), amount = CAST(amount * 2 AS decimal(10,2)) WHERE order_id = 'a'`);
    await cloud.run(`DELETE FROM silver.orders WHERE order_date = DATE '2025-01-02'`);
    expect(await cloud.run('SELECT order_id, status, amount FROM silver.orders')).toEqual([['a', 'NEW', '21.00']]);
  });

  test('are read as of an earlier snapshot and time', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run('DELETE FROM silver.orders');
    const [first] = await cloud.run('SELECT snapshot_id, CAST(committed_at AS varchar) FROM silver."orders$snapshots" ORDER BY committed_at');
    expect(BigInt(first![0]!)).toBeGreaterThan(2n ** 53n);
    expect(await cloud.run(`SELECT count(*) FROM silver.orders FOR VERSION AS OF ${first![0]}`)).toEqual([['2']]);
    expect(await cloud.run(`SELECT count(*) FROM silver.orders FOR TIMESTAMP AS OF TIMESTAMP '${first![1]}'`)).toEqual([['2']]);
    expect(await cloud.run('SELECT count(*) FROM silver.orders')).toEqual([['0']]);
    expect(await cloud.failure('SELECT * FROM silver.orders FOR VERSION AS OF 1')).toContain('Iceberg snapshot ID does not exists: 1');
  });

  test('are told by the file they lie in', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    const rows = await cloud.run('SELECT "$path", order_id FROM silver.orders ORDER BY order_id');
    expect(rows[0]![0]).toMatch(/^s3:\/\/lake\/silver\/orders\/data\/order_date=2025-01-01\/.+\.parquet$/);
    expect(await cloud.run(`SELECT order_id FROM silver.orders WHERE "$path" IN ('${rows[1]![0]}')`)).toEqual([['b']]);
  });

  test('partition predicates and needed columns decide the bytes scanned', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    const scanned = async (sql: string): Promise<number> => (await cloud.outcome(sql)).Statistics!.DataScannedInBytes!;
    const whole = await scanned('SELECT * FROM silver.orders');
    const onePartition = await scanned(`SELECT * FROM silver.orders WHERE order_date = DATE '2025-01-01'`);
    const oneColumn = await scanned('SELECT order_id FROM silver.orders');
    expect(onePartition).toBeGreaterThan(0);
    expect(onePartition).toBeLessThan(whole);
    expect(oneColumn).toBeLessThan(whole);
    expect(await scanned(`SELECT * FROM silver.orders WHERE order_date = DATE '2030-01-01'`)).toBe(0);
  });

  test('writes tell how many rows they changed', async () => {
    const inserted = await cloud.outcome(`INSERT INTO silver.orders ${VALUES}`);
    expect(inserted).toMatchObject({ StatementType: 'DML', SubstatementType: 'INSERT' });
    expect(inserted.Status!.State).toBe('SUCCEEDED');
  });

  test('a wrong type or number of columns is refused with the types of both sides', async () => {
    expect(await cloud.failure(`INSERT INTO silver.orders (order_id) SELECT 1`)).toMatch(/^TYPE_MISMATCH: .*Table: \[varchar\], Query: \[integer\]/);
    expect(await cloud.failure(`INSERT INTO silver.orders (order_id, status) SELECT 'a'`)).toMatch(/^TYPE_MISMATCH: /);
    expect(await cloud.failure(`INSERT INTO silver.orders (nope) SELECT 'a'`)).toMatch(/nope/);
  });

  test('two source rows for one target row fail the MERGE and change nothing', async () => {
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    const twice = `MERGE INTO silver.orders t USING (SELECT * FROM (VALUES ('a', 'x'), ('a', 'y')) AS v(id, status)) s ON t.order_id = s.id WHEN MATCHED THEN UPDATE SET status = s.status`;
    expect(await cloud.failure(twice)).toBe('MERGE_TARGET_ROW_MULTIPLE_MATCHES: One MERGE target table row matched more than one source row');
    expect(await cloud.run(`SELECT status FROM silver.orders WHERE order_id = 'a'`)).toEqual([['new']]);
  });

  test('more than 100 partitions in one statement are refused', async () => {
    const many = `INSERT INTO silver.orders (order_id, order_date) SELECT 'x', date_add('day', n, DATE '2025-01-01') FROM UNNEST(sequence(1, 101)) AS s(n)`;
    expect(await cloud.failure(many)).toMatch(/^ICEBERG_TOO_MANY_OPEN_PARTITIONS: .*100/);
  });
});

describe('DDL of Iceberg tables', () => {
  test('the table is in Glue as Iceberg engines expect it', async () => {
    await createOrders();
    const { Table: table } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'orders' }));
    expect(table).toMatchObject({ TableType: 'EXTERNAL_TABLE', Parameters: { table_type: 'ICEBERG' }, StorageDescriptor: { Location: 's3://lake/silver/orders' } });
    expect(table!.Parameters!['metadata_location']).toMatch(/^s3:\/\/lake\/silver\/orders\/metadata\/00000-.*\.metadata\.json$/);
    expect(table!.StorageDescriptor!.Columns!.map((column) => `${column.Name} ${column.Type}`)).toContain('tags array<string>');
  });

  test('CREATE TABLE IF NOT EXISTS leaves an existing table alone; without it it fails', async () => {
    await createOrders();
    await cloud.run(`CREATE TABLE IF NOT EXISTS silver.orders (x int) LOCATION 's3://lake/other/' TBLPROPERTIES ('table_type'='ICEBERG')`);
    expect(await cloud.failure(`CREATE TABLE silver.orders (x int) LOCATION 's3://lake/other/' TBLPROPERTIES ('table_type'='ICEBERG')`)).toContain('AlreadyExistsException');
    expect(readdirSync(cloud.store.fileOf('s3://lake/'))).not.toContain('other');
  });

  test('columns are added, renamed and dropped, and old rows read on', async () => {
    await createOrders();
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run('ALTER TABLE silver.orders ADD COLUMNS (note string, weight int)');
    await cloud.run('ALTER TABLE silver.orders CHANGE COLUMN weight heaviness bigint');
    await cloud.run('ALTER TABLE silver.orders DROP COLUMN tags');
    await cloud.run(`INSERT INTO silver.orders (order_id, note, heaviness, order_date) VALUES ('c', 'hello', 5, DATE '2025-01-03')`);
    expect(await cloud.run('SELECT order_id, note, heaviness FROM silver.orders ORDER BY 1')).toEqual([['a', null, null], ['b', null, null], ['c', 'hello', '5']]);
    const { Table: table } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'orders' }));
    const present = ['order_id', 'status', 'amount', 'ordered_at', 'order_date', 'note', 'heaviness'];
    expect(table!.StorageDescriptor!.Columns!.map((column) => [column.Name, column.Parameters!['iceberg.field.current']])).toEqual([...present.map((name) => [name, 'true']), ['tags', 'false'], ['weight', 'false']]);
  });

  test('CREATE TABLE AS makes an Iceberg table of a query', async () => {
    await createOrders();
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run(`CREATE TABLE silver.daily WITH (table_type = 'ICEBERG', is_external = false, location = 's3://lake/silver/daily/', partitioning = ARRAY['order_date']) AS
      SELECT order_date, count(*) AS orders, sum(amount) AS amount FROM silver.orders GROUP BY order_date`);
    expect(await cloud.run('SELECT * FROM silver.daily ORDER BY order_date')).toEqual([['2025-01-01', '1', '10.50'], ['2025-01-02', '1', '20.00']]);
  });

  test('OPTIMIZE makes one file of many, VACUUM forgets old snapshots', async () => {
    await createOrders();
    for (let index = 0; index < 6; index += 1) await cloud.run(`INSERT INTO silver.orders (order_id, order_date) VALUES ('${index}', DATE '2025-01-01')`);
    await cloud.run(`OPTIMIZE silver.orders REWRITE DATA USING BIN_PACK WHERE order_date = DATE '2025-01-01'`);
    expect(await cloud.run('SELECT count(*) FROM silver."orders$files"')).toEqual([['1']]);
    expect(await cloud.failure(`OPTIMIZE silver.orders REWRITE DATA USING BIN_PACK WHERE order_id = 'a'`)).toContain('Unexpected FilterNode found in plan');
    await cloud.run(`ALTER TABLE silver.orders SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='0')`);
    await cloud.run('VACUUM silver.orders');
    expect(await cloud.run('SELECT count(*) FROM silver."orders$snapshots"')).toEqual([['1']]);
    expect(await cloud.run('SELECT count(*) FROM silver.orders')).toEqual([['6']]);
  });

  test('DROP TABLE takes an Iceberg table’s files with it', async () => {
    await createOrders();
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run('DROP TABLE silver.orders');
    expect(await cloud.failure('SELECT * FROM silver.orders')).toBe(`TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.silver.orders' does not exist`);
    expect(readdirSync(cloud.store.fileOf('s3://lake/silver/'))).toEqual([]);
    await cloud.run('DROP TABLE IF EXISTS silver.orders');
  });
});

describe('views', () => {
  test('are stored as Athena stores them and read through one another', async () => {
    await createOrders();
    await cloud.run(`INSERT INTO silver.orders ${VALUES}`);
    await cloud.run(`CREATE VIEW silver.big AS SELECT order_id, amount FROM orders WHERE amount > 15`, { QueryExecutionContext: { Database: 'silver' } });
    await cloud.run(`CREATE OR REPLACE VIEW silver.bigger AS SELECT order_id AS id, amount * 2 AS twice FROM silver.big`);
    expect(await cloud.run('SELECT * FROM silver.bigger')).toEqual([['b', '40.00']]);
    const { Table: table } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'bigger' }));
    expect(table).toMatchObject({ TableType: 'VIRTUAL_VIEW', ViewExpandedText: '/* Presto View */', Parameters: { presto_view: 'true' } });
    const stored = JSON.parse(Buffer.from(/Presto View: (\S+)/.exec(table!.ViewOriginalText!)![1]!, 'base64').toString()) as Record<string, unknown>;
    expect(stored).toMatchObject({ catalog: 'awsdatacatalog', schema: 'default', columns: [{ name: 'id', type: 'varchar' }, { name: 'twice' }] });
  });

  test('cannot be created over a table, nor on a table that is not there', async () => {
    await createOrders();
    expect(await cloud.failure('CREATE OR REPLACE VIEW silver.orders AS SELECT 1 AS x')).toContain('TABLE_ALREADY_EXISTS');
    expect(await cloud.failure('CREATE VIEW silver.v AS SELECT * FROM silver.nope')).toContain('TABLE_NOT_FOUND: line 1:39');
  });
});

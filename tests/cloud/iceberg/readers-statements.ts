/** Statements of every kind on one table, in an order in which each leaves rows; after each of them other readers are asked. */
export interface ReaderStatement {
  kind: string;
  sql: string;
  /** The clock goes on by so much before it. */
  laterMs?: number;
}

export const TABLE = 'db.t';

/** `columns` are read after each; the others are nested, or come and go. */
export const CREATE = `CREATE TABLE ${TABLE} (id int, name string, amount decimal(10,2), day date, at timestamp, tags array<string>)
  PARTITIONED BY (day, bucket(2, id)) LOCATION 's3://lake/readers/t'
  TBLPROPERTIES ('table_type'='ICEBERG', 'optimize_rewrite_data_file_threshold'='2', 'optimize_rewrite_delete_file_threshold'='1')`;

const AT = "TIMESTAMP '2025-01-01 10:11:12.123456'";

export const READER_STATEMENTS: readonly ReaderStatement[] = [
  {
    kind: 'INSERT',
    sql: `INSERT INTO ${TABLE} VALUES (1, 'a', 1.50, DATE '2025-01-01', ${AT}, ARRAY['x']), (2, 'ü', 2.25, DATE '2025-01-01', ${AT}, NULL),
      (3, NULL, NULL, DATE '2025-01-02', NULL, ARRAY['y', NULL]), (4, 'd', -4.00, DATE '2025-01-03', ${AT}, ARRAY[]), (5, 'e', 5.55, NULL, ${AT}, NULL)`,
  },
  { kind: 'INSERT of some columns', sql: `INSERT INTO ${TABLE} (day, id) VALUES (DATE '2025-01-02', 6), (DATE '2025-01-01', 7)` },
  { kind: 'INSERT from itself', sql: `INSERT INTO ${TABLE} SELECT id + 10, name, amount, day, at, tags FROM ${TABLE} WHERE id < 6` },
  { kind: 'DELETE of some rows', sql: `DELETE FROM ${TABLE} WHERE id IN (2, 13)` },
  { kind: 'DELETE of a partition', sql: `DELETE FROM ${TABLE} WHERE day = DATE '2025-01-03'` },
  { kind: 'UPDATE', sql: `UPDATE ${TABLE} SET amount = CAST(amount + 1 AS decimal(10,2)), name = 'changed' WHERE id IN (1, 11, 5)` },
  { kind: 'UPDATE into another partition', sql: `UPDATE ${TABLE} SET day = DATE '2025-02-01' WHERE id = 1` },
  {
    kind: 'MERGE',
    sql: `MERGE INTO ${TABLE} t USING (VALUES (1, DECIMAL '9.99'), (3, DECIMAL '-1.00'), (30, DECIMAL '7.00')) AS s(id, amount) ON t.id = s.id
      WHEN MATCHED AND s.amount < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET amount = s.amount
      WHEN NOT MATCHED THEN INSERT (id, amount, day) VALUES (s.id, s.amount, DATE '2025-01-02')`,
  },
  { kind: 'OPTIMIZE', sql: `OPTIMIZE ${TABLE} REWRITE DATA USING BIN_PACK` },
  { kind: 'DELETE after OPTIMIZE', sql: `DELETE FROM ${TABLE} WHERE id = 7` },
  { kind: 'ALTER ADD COLUMNS', sql: `ALTER TABLE ${TABLE} ADD COLUMNS (note string, extra struct<a:int>)` },
  { kind: 'INSERT into new columns', sql: `INSERT INTO ${TABLE} (id, note, day) VALUES (40, 'hello', DATE '2025-01-02')` },
  { kind: 'ALTER CHANGE COLUMN, a wider type', sql: `ALTER TABLE ${TABLE} CHANGE COLUMN amount amount decimal(20,2)` },
  { kind: 'UPDATE of old and new files', sql: `UPDATE ${TABLE} SET name = 'again' WHERE id IN (1, 40)` },
  { kind: 'ALTER DROP COLUMN', sql: `ALTER TABLE ${TABLE} DROP COLUMN extra` },
  { kind: 'VACUUM', sql: `VACUUM ${TABLE}`, laterMs: 10 * 86_400_000 },
  { kind: 'MERGE after VACUUM', sql: `MERGE INTO ${TABLE} t USING (VALUES 1, 50) AS s(id) ON t.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, day) VALUES (s.id, DATE '2025-01-01')` },
];

/** The rows as the engine answers them, one text for each: a reader's must be the same. */
export const ROWS = `SELECT CAST(id AS varchar), name, CAST(amount AS varchar), CAST(day AS varchar), date_format(at, '%Y-%m-%d %H:%i:%s'), array_join(tags, ',', 'NULL') FROM ${TABLE}`;

export const rowText = (values: readonly (string | null)[]): string => values.map((value) => value ?? 'NULL').join(' | ');

import { hiveText, parseHiveType } from '../../../localcloud/athena/hive-types.ts';
import { parseDate, projectionOf } from '../../../localcloud/athena/external/projection.ts';
import { parseStatement } from '../../../localcloud/athena/statements/parse.ts';
import { coerces, parseTrinoType } from '../../../localcloud/athena/trino-types.ts';

describe('statements', () => {
  test('CREATE TABLE of Iceberg, with transforms in Athena’s form', () => {
    expect(
      parseStatement("CREATE TABLE IF NOT EXISTS `lake`.orders (`Id` string COMMENT 'it''s the key', s struct<a:int,b:array<decimal(10, 2)>>) PARTITIONED BY (day(ts), bucket(16, id), truncate(3, id), n) LOCATION 's3://b/x/' TBLPROPERTIES ('table_type'='ICEBERG');"),
    ).toMatchObject({
      kind: 'createTable',
      name: ['lake', 'orders'],
      ifNotExists: true,
      external: false,
      columns: [{ name: 'id', comment: "it's the key" }, { name: 's' }],
      partitionedBy: { transforms: [{ column: 'ts', transform: 'day' }, { column: 'id', transform: 'bucket', argument: 16 }, { column: 'id', transform: 'truncate', argument: 3 }, { column: 'n', transform: 'identity' }] },
      location: 's3://b/x/',
      properties: { table_type: 'ICEBERG' },
    });
  });

  test('a query inside another statement keeps its line', () => {
    const statement = parseStatement('CREATE OR REPLACE VIEW lake.v AS\n  SELECT 1 AS a -- one;\n');
    expect(statement).toMatchObject({ kind: 'createView', orReplace: true, name: ['lake', 'v'] });
    expect(statement.kind === 'createView' && statement.query.split('\n')[1]).toBe('  SELECT 1 AS a');
  });

  test('UNLOAD finds the end of its query behind brackets and quotes', () => {
    expect(parseStatement(`UNLOAD (SELECT ')' AS a, (1) AS b) TO 's3://b/x/' WITH (format = 'PARQUET', partitioned_by = ARRAY['b'])`)).toMatchObject({
      kind: 'unload',
      query: `        SELECT ')' AS a, (1) AS b`,
      location: 's3://b/x/',
      properties: { format: 'PARQUET', partitioned_by: ['b'] },
    });
  });

  test('EXECUTE takes parameters apart at commas outside brackets and quotes', () => {
    expect(parseStatement(`EXECUTE q USING 'a,b', DATE '2025-01-01', ARRAY[1, 2], f(x, y)`)).toMatchObject({ parameters: [`'a,b'`, `DATE '2025-01-01'`, 'ARRAY[1, 2]', 'f(x, y)'] });
  });

  test('a semicolon inside a string or at the end makes no second statement', () => {
    expect(parseStatement(`SELECT ';' ;`)).toMatchObject({ kind: 'dml', verb: 'SELECT', sql: `SELECT ';' ` });
    expect(() => parseStatement(`SELECT 1; -- nothing\n`)).not.toThrow();
    expect(() => parseStatement(`SELECT 1; SELECT 2`)).toThrow('Only one sql statement is allowed');
  });

  test('a comment before a query or CREATE is taken', () => {
    expect(parseStatement('-- why\nMERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE')).toMatchObject({ verb: 'MERGE' });
    expect(parseStatement('/* why */ CREATE DATABASE x')).toMatchObject({ kind: 'createDatabase', name: 'x' });
  });

  test.each([
    ['DROP TABLE', 'line 1:11'],
    ['CREATE TABLE t (a strin)', 'line 1:19'],
    ['CREATE TABLE t (a decimal(40,2))', 'line 1:'],
    ["CREATE TABLE t (a decimal(10,'2'))", 'line 1:'],
    ["ALTER TABLE t\nSET TBLPROPERTIES ('a'='b'", 'line 2:27'],
    ['SHOW NOTHING', 'line 1:6'],
    ["SELECT 'open", 'line 1:8'],
  ])('%s is refused at %s', (sql, place) => {
    expect(() => parseStatement(sql)).toThrow(place);
  });
});

test.each(['string', 'decimal(10,2)', 'array<struct<a:int,b:map<string,double>>>', 'varchar(10)', 'timestamp'])('the type %s is read and written', (text) => {
  expect(hiveText(parseHiveType(text))).toBe(text);
});

describe('what Trino writes into a column of another type', () => {
  test.each([
    ['integer', 'bigint', true],
    ['bigint', 'integer', false],
    ['integer', 'double', true],
    ['integer', 'decimal(12,2)', true],
    ['integer', 'decimal(10,2)', false],
    ['decimal(10,2)', 'decimal(12,2)', true],
    ['decimal(20,2)', 'decimal(10,2)', false],
    ['varchar', 'integer', false],
    ['integer', 'varchar', false],
    ['varchar(3)', 'varchar', true],
    ['date', 'timestamp(6)', true],
    ['timestamp(6)', 'date', false],
    ['unknown', 'array(varchar)', true],
    ['array(integer)', 'array(bigint)', true],
    ['array(varchar)', 'array(integer)', false],
    ['varchar', 'date', false],
  ])('%s into %s: %s', (from, to, expected) => {
    expect(coerces(parseTrinoType(from)!, parseTrinoType(to)!)).toBe(expected);
  });
});

describe('partition projection', () => {
  const now = new Date('2025-03-15T10:30:00Z');
  const projection = (properties: Record<string, string>) =>
    projectionOf('p', { 'projection.enabled': 'true', ...Object.fromEntries(Object.entries(properties).map(([key, value]) => [`projection.p.${key}`, value])) }, now)!;

  test('dates lie in a range that may depend on now', () => {
    const days = projection({ type: 'date', format: 'yyyy-MM-dd', range: 'NOW-14DAYS,NOW' });
    expect(['2025-03-01', '2025-03-02', '2025-03-15', '2025-03-16', 'x', '2025-3-2'].map((value) => days.includes(value)))
      .toEqual([true, true, true, false, false, false]);
    const hours = projection({ type: 'date', format: 'yyyy/MM/dd/HH', range: '2025/01/01/00,NOW+1HOURS', interval: '1', 'interval.unit': 'HOURS' });
    expect(['2025/03/15/11', '2025/03/15/12'].map((value) => hours.includes(value))).toEqual([true, false]);
  });

  test('integers lie in a range, padded to their digits', () => {
    const padded = projection({ type: 'integer', range: '0,23', digits: '2' });
    expect(['00', '07', '7', '23', '24', '-1'].map((value) => padded.includes(value))).toEqual([true, true, false, true, false, false]);
    const stepped = projection({ type: 'integer', range: '0,20', interval: '10' });
    expect(['0', '5', '10', '20', '010'].map((value) => stepped.includes(value))).toEqual([true, false, true, true, false]);
  });

  test('dates step by an interval from the first on', () => {
    const weeks = projection({ type: 'date', format: 'yyyy-MM-dd', range: '2025-01-01,2025-12-31', interval: '1', 'interval.unit': 'WEEKS' });
    expect(['2025-01-01', '2025-01-08', '2025-01-09'].map((value) => weeks.includes(value))).toEqual([true, true, false]);
    const quarters = projection({ type: 'date', format: 'yyyy-MM', range: '2024-10,NOW', interval: '3' });
    expect(['2024-10', '2025-01', '2025-02', '2025-04'].map((value) => quarters.includes(value))).toEqual([true, true, false, false]);
    expect(() => projection({ type: 'date', format: 'yyyy-MM-dd-HH', range: '2025-01-01-00,NOW' })).toThrow('projection.p.interval');
  });

  test('blanks belong to the values of an enum', () => {
    expect(['a', ' b', 'b'].map((value) => projection({ type: ' Enum ', values: 'a, b' }).includes(value))).toEqual([true, true, false]);
  });

  test('a property that is missing or wrong is told', () => {
    expect(() => projection({ type: 'date', format: 'yyyy-MM-dd' })).toThrow('projection.p.range');
    expect(() => projection({ type: 'dates' })).toThrow('no valid type');
  });

  test('a date that the calendar has not is none', () => {
    expect(parseDate('2025-02-30', 'yyyy-MM-dd')).toBeUndefined();
    expect(parseDate('20250228T07', "yyyyMMdd'T'HH")).toBe(Date.UTC(2025, 1, 28, 7));
  });
});

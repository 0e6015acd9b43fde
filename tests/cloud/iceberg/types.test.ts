import { append, createTable, duckDbTypeOf, hiveTypeOf, parseHiveType, trinoTypeOf, typeOfDuckDb } from '../../../localcloud/athena/iceberg/index.ts';
import type { IcebergType, TypeDefinition } from '../../../localcloud/athena/iceberg/index.ts';
import { assignIds } from '../../../localcloud/athena/iceberg/types.ts';
import { IcebergFixture } from './support.ts';

const withIds = (type: TypeDefinition): IcebergType => assignIds([{ name: 'c', type }], () => 1)[0]!.type;

describe('names of types', () => {
  test.each([
    ['boolean', 'boolean', 'BOOLEAN'],
    ['int', 'integer', 'INTEGER'],
    ['bigint', 'bigint', 'BIGINT'],
    ['float', 'real', 'FLOAT'],
    ['double', 'double', 'DOUBLE'],
    ['decimal(10,2)', 'decimal(10,2)', 'DECIMAL(10, 2)'],
    ['date', 'date', 'DATE'],
    ['timestamp', 'timestamp(6)', 'TIMESTAMP'],
    ['timestamptz', 'timestamp(6) with time zone', 'TIMESTAMP WITH TIME ZONE'],
    ['string', 'varchar', 'VARCHAR'],
    ['binary', 'varbinary', 'BLOB'],
    ['array<string>', 'array(varchar)', 'VARCHAR[]'],
    ['map<string,array<int>>', 'map(varchar, array(integer))', 'MAP(VARCHAR, INTEGER[])'],
    ['array<struct<a:int,b:map<string,bigint>>>', 'array(row("a" integer, "b" map(varchar, bigint)))', 'STRUCT("a" INTEGER, "b" MAP(VARCHAR, BIGINT))[]'],
  ])('%s is %s in Trino and %s in DuckDB, and comes back from both texts', (hive, trino, duckDb) => {
    const type = withIds(parseHiveType(hive));
    expect(trinoTypeOf(type)).toBe(trino);
    expect(duckDbTypeOf(type)).toBe(duckDb);
    expect(hiveTypeOf(type)).toBe(hive);
    expect(hiveTypeOf(withIds(typeOfDuckDb(duckDb)))).toBe(hive);
  });

  test.each(['smallint', 'tinyint', 'varchar(10)', 'char(3)', 'array<smallint>', 'array<string', 'string>', ''])('“%s” is no column type of an Iceberg table', (text) => {
    expect(() => parseHiveType(text)).toThrow('Type not supported for Iceberg');
  });
});

describe('new tables', () => {
  let fixture: IcebergFixture;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());

  test('every type can be written, read and bounded', async () => {
    const samples: readonly (readonly [hive: string, sql: string])[] = [
      ['boolean', 'true'],
      ['int', '-1'],
      ['bigint', '9223372036854775807'],
      ['float', '1.5'],
      ['double', '-1e300'],
      ['decimal(38,9)', '-12345678901234567890123456789.123456789'],
      ['date', "DATE '1969-12-31'"],
      ['timestamp', "TIMESTAMP '2025-01-01 10:00:00.123456'"],
      ['timestamptz', "TIMESTAMPTZ '2025-01-01 10:00:00.123456+02'"],
      ['string', "'é'"],
      ['uuid', "'f79c3e09-677c-4bbd-a479-3f349cb785e7'"],
      ['binary', "'\\xAB'::BLOB"],
      ['array<int>', '[1, NULL]'],
      ['map<string,int>', "MAP {'k': 1}"],
      ['struct<a:int,b:string>', "{'a': 1, 'b': 'x'}"],
    ];
    const table = fixture.table('s3://lake/types', { columns: samples.map(([type], index) => ({ name: `c${index}`, type: parseHiveType(type) })) });
    await append(table.session, { sql: `SELECT ${samples.map(([, sql]) => sql).join(', ')}` });
    const { fields } = table.load().schema;
    const expected = samples.map(([, sql], index) => `CAST(${sql} AS ${duckDbTypeOf(fields[index]!.type)}) AS c${index}`);
    expect(await table.select('SELECT * FROM {t}')).toEqual(await fixture.query(`SELECT ${expected.join(', ')}`));
    expect(await fixture.query(`SELECT lower_bounds[6] AS d, lower_bounds[7] AS day, upper_bounds[8] AS ts, upper_bounds[9] AS tz, upper_bounds[10] AS s FROM ${table.load().metadataTableSql('files')}`)).toEqual([
      { d: '-12345678901234567890123456789.123456789', day: '1969-12-31', ts: '2025-01-01T10:00:00.123456', tz: '2025-01-01T08:00:00.123456+00:00', s: 'é' },
    ]);
  });

  test('partition values that are no file names, and very long ones, are no trouble', async () => {
    const table = fixture.table('s3://lake/odd', { columns: [{ name: 'p', type: 'string' }], partitioning: [{ column: 'p', transform: 'identity' }] });
    const odd = ['a/b', '..', '', 'ü ?&#%', 'null', 'x'.repeat(400)];
    await append(table.session, { sql: `SELECT * FROM (VALUES ${odd.map((value) => `('${value}')`).join(', ')}, (NULL)) AS v(p)` });
    for (const value of odd) {
      const plan = table.load().planFiles([{ column: 'p', op: '=', values: [{ type: 'string', value }] }]);
      expect(await table.select('SELECT p FROM {t}', plan)).toEqual([{ p: value }]);
    }
    expect(await table.select('SELECT count(*) AS n FROM {t} WHERE p IS NULL')).toEqual([{ n: '1' }]);
  });

  test.each([
    ['a partition column that is not there', [{ name: 'a', type: 'int' }], 'b', 'identity', 'Cannot find source column: b'],
    ['hours of a date', [{ name: 'a', type: 'date' }], 'a', 'hour', 'Invalid source type date for transform: hour'],
    ['a transform nobody knows', [{ name: 'a', type: 'int' }], 'a', 'zorder', 'Unsupported partition transform: zorder'],
    ['two columns of one name', [{ name: 'a', type: 'int' }, { name: 'a', type: 'int' }], 'a', 'identity', "Column name 'a' specified more than once"],
  ])('refused: %s', (_name, columns, column, transform, message) => {
    expect(() => createTable(fixture.warehouse, 's3://lake/refused', { columns, partitioning: [{ column, transform }], clock: fixture.clock.read })).toThrow(message);
  });
});

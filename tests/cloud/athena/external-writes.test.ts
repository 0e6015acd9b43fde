import { GetPartitionsCommand, GetTableCommand } from '@aws-sdk/client-glue';
import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { OUTPUT, startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE raw');
});
afterAll(() => cloud.stop());

const filesBelow = (uri: string): string[] => {
  const folder = cloud.store.fileOf(uri);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [`${entry.parentPath}/${entry.name}`.slice(folder.length + 1)] : []));
};
const textOf = (uri: string): string => filesBelow(uri).map((name) => {
  const bytes = readFileSync(cloud.store.fileOf(uri) + '/' + name);
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}).join('');

const ROWS = `SELECT * FROM (VALUES
  (1, 'a', 1.5e0, true, DATE '2025-01-01', CAST(TIMESTAMP '2025-01-01 10:00:00.123' AS timestamp(3)), ARRAY['x', 'y'], MAP(ARRAY['k'], ARRAY[7]), CAST(ROW('B', 10) AS ROW(city varchar, code integer))),
  (2, CAST(NULL AS varchar), CAST(NULL AS double), false, CAST(NULL AS date), CAST(NULL AS timestamp(3)), CAST(NULL AS array(varchar)), CAST(NULL AS map(varchar, integer)), CAST(NULL AS ROW(city varchar, code integer)))
) AS v(id, name, price, ok, d, at, tags, facts, place)`;
const READ = [
  ['1', 'a', '1.5', 'true', '2025-01-01', '2025-01-01 10:00:00.123', '[x, y]', '{k=7}', '{city=B, code=10}'],
  ['2', null, null, 'false', null, null, null, null, null],
];

describe('CREATE TABLE AS', () => {
  test.each([
    ['PARQUET', ''],
    ['PARQUET', `, write_compression = 'ZSTD', compression_level = 3`],
    ['PARQUET', `, parquet_compression = 'SNAPPY'`],
    ['JSON', ''],
    ['TEXTFILE', `, field_delimiter = '|'`],
    ['TEXTFILE', `, write_compression = 'NONE'`],
  ])('%s%s is read back as it was', async (format, more) => {
    await cloud.run(`CREATE TABLE raw.copy WITH (format = '${format}', external_location = 's3://lake/copy/'${more}) AS ${ROWS}`);
    expect(await cloud.run('SELECT * FROM raw.copy ORDER BY id')).toEqual(READ);
    await cloud.run('DROP TABLE raw.copy');
    expect(filesBelow('s3://lake/copy/')).toHaveLength(1);
    await cloud.store.delete('lake', `copy/${filesBelow('s3://lake/copy/')[0]!}`);
  });

  test('without a format it is Parquet; without a place it lies below the results', async () => {
    const execution = await cloud.outcome(`CREATE TABLE raw.placed AS SELECT 1 AS n`);
    const { Table: table } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'raw', Name: 'placed' }));
    expect(table).toMatchObject({ TableType: 'EXTERNAL_TABLE', StorageDescriptor: { Location: `${OUTPUT}tables/${execution.QueryExecutionId!}/`, SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' } } });
    expect(await cloud.run('SELECT * FROM raw.placed')).toEqual([['1']]);
  });

  test('partitions lie in folders and in the catalog', async () => {
    await cloud.run(`CREATE TABLE raw.parts WITH (format = 'JSON', external_location = 's3://lake/parts/', partitioned_by = ARRAY['day', 'kind']) AS
      SELECT * FROM (VALUES (1, DATE '2025-01-01', 'a/b'), (2, DATE '2025-01-02', CAST(NULL AS varchar)), (3, DATE '2025-01-02', '')) AS v(id, day, kind)`);
    expect(filesBelow('s3://lake/parts/').map((name) => name.replace(/[^/]+$/, '')).sort()).toEqual(['day=2025-01-01/kind=a%2Fb/', 'day=2025-01-02/kind=__HIVE_DEFAULT_PARTITION__/']);
    const { Partitions: partitions } = await cloud.glue.send(new GetPartitionsCommand({ DatabaseName: 'raw', TableName: 'parts' }));
    expect(partitions!.map((partition) => partition.Values)).toEqual([['2025-01-01', 'a/b'], ['2025-01-02', '__HIVE_DEFAULT_PARTITION__']]);
    expect(await cloud.run(`SELECT id, day, kind FROM raw.parts ORDER BY id`)).toEqual([['1', '2025-01-01', 'a/b'], ['2', '2025-01-02', null], ['3', '2025-01-02', null]]);
    expect(await cloud.run(`SELECT id FROM raw.parts WHERE day = DATE '2025-01-01'`)).toEqual([['1']]);
    expect(await cloud.run(`SELECT id FROM raw.parts WHERE kind IS NULL ORDER BY id`)).toEqual([['2'], ['3']]);
  });

  test('WITH NO DATA makes an empty table', async () => {
    await cloud.run(`CREATE TABLE raw.empty WITH (external_location = 's3://lake/empty/') AS SELECT 1 AS n, 'x' AS kind WITH NO DATA`);
    expect(await cloud.run('SELECT * FROM raw.empty')).toEqual([]);
    expect(filesBelow('s3://lake/empty/')).toEqual([]);
  });

  test('text of different lengths in one column is not cut', async () => {
    await cloud.run(`CREATE TABLE raw.lengths WITH (format = 'TEXTFILE', external_location = 's3://lake/lengths/') AS SELECT 'a' AS x UNION ALL SELECT 'longer' UNION ALL SELECT CASE WHEN 1 = 1 THEN 'the longest of all' ELSE 'b' END`);
    expect(await cloud.run('SELECT x FROM raw.lengths ORDER BY 1')).toEqual([['a'], ['longer'], ['the longest of all']]);
  });

  test.each([
    ['a place with files in it', `WITH (external_location = 's3://lake/parts/') AS SELECT 1 AS n`, /^HIVE_PATH_ALREADY_EXISTS: Target directory for table 'raw\.nope' already exists: s3:\/\/lake\/parts\/\. You may need to manually clean/],
    ['timestamps of microseconds', `WITH (format = 'PARQUET') AS SELECT CAST(TIMESTAMP '2025-01-01 00:00:00' AS timestamp(6)) AS at`, /^NOT_SUPPORTED: Incorrect timestamp precision for timestamp\(6\); the configured precision is MILLISECONDS; column name: at$/],
    ['timestamps with a zone', `AS SELECT current_timestamp AS at`, /^NOT_SUPPORTED: Unsupported Hive type: timestamp\(3\) with time zone$/],
    ['a column of no type', `AS SELECT NULL AS x`, /^COLUMN_TYPE_UNKNOWN: Column type is unknown: x$/],
    ['partition columns that are not last', `WITH (partitioned_by = ARRAY['day']) AS SELECT DATE '2025-01-01' AS day, 1 AS n`, /^HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order as the table properties: \[day\]$/],
    ['partition columns that are not there', `WITH (partitioned_by = ARRAY['day']) AS SELECT 1 AS n`, /^INVALID_TABLE_PROPERTY: Partition columns \[day\] not present in schema$/],
    ['nothing but partition columns', `WITH (partitioned_by = ARRAY['n']) AS SELECT 1 AS n`, /^INVALID_TABLE_PROPERTY: Table contains only partition columns$/],
    ['more than 100 partitions', `WITH (partitioned_by = ARRAY['p']) AS SELECT 'x' AS n, p FROM UNNEST(sequence(1, 101)) AS s(p)`, /^HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions\/buckets$/],
    ['buckets', `WITH (bucketed_by = ARRAY['n'], bucket_count = 4) AS SELECT 1 AS n`, /^NOT_SUPPORTED: CREATE TABLE AS with bucketed_by is not supported locally$/],
    ['ORC', `WITH (format = 'ORC') AS SELECT 1 AS n`, /ORC is not supported locally/],
    ['a format nobody knows', `WITH (format = 'XML') AS SELECT 1 AS n`, /^INVALID_TABLE_PROPERTY: .*'format' to \['XML'\]/],
    ['a property nobody knows', `WITH (colour = 'red') AS SELECT 1 AS n`, /^INVALID_TABLE_PROPERTY: Catalog 'awsdatacatalog' table property 'colour' does not exist$/],
    ['a delimiter of two characters', `WITH (format = 'TEXTFILE', field_delimiter = '||') AS SELECT 1 AS n`, /must be a single character/],
    ['a column without a name', `AS SELECT 1 + 1`, /^MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1$/],
    ['a name twice', `AS SELECT 1 AS n, 2 AS n`, /^DUPLICATE_COLUMN_NAME: line 1:1: Column name 'n' specified more than once$/],
  ])('%s: refused, and nothing is left of the table', async (_what, rest, reason) => {
    expect(await cloud.failure(`CREATE TABLE raw.nope ${rest}`)).toMatch(reason);
    expect(await cloud.failure('SELECT * FROM raw.nope')).toMatch(/^TABLE_NOT_FOUND/);
  });
});

describe('any text', () => {
  /** Text of any characters but NUL, and such as looks like what the formats mark with. */
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replaceAll('\0', '')), fc.constantFrom('', '\\N', '\\', '"', '""', "'", ',', '\t', '{"a":1}', 'null', ' x ', '%41', 'a=b/c', '\u2028', '💥', 'é'));
  const SEPARATORS = new Set(['\n', '\r', '\u0001', '\u0002', '\uE000', '\uE001', '\uE002', '\uE003']);
  const samples = (seed: number, keep: (value: string) => boolean): string[] => [...new Set(fc.sample(text, { seed, numRuns: 200 }))].filter(keep);
  const create = async (format: string, values: readonly string[]): Promise<[string, string][]> => {
    await cloud.run(`CREATE TABLE raw.any WITH (format = '${format}', external_location = 's3://lake/any/${format}/') AS SELECT * FROM (VALUES ${values.map((value, index) => `(${index}, '${value.replaceAll("'", "''")}', ARRAY['${value.replaceAll("'", "''")}', 'z'])`).join(', ')}) AS v(n, one, several)`);
    const rows = await cloud.run('SELECT one, several[1] FROM raw.any ORDER BY n');
    await cloud.run('DROP TABLE raw.any');
    return rows.map(([one, first]) => [one!, first!]);
  };

  test.each([
    ['PARQUET', () => true],
    ['JSON', () => true],
    // Nothing is escaped in it: what separates lines, fields and items cannot be in them, nor the null text.
    ['TEXTFILE', (value: string) => value !== '\\N' && Array.from(value).every((character) => !SEPARATORS.has(character))],
  ])('is read from %s as it was written', async (format, keep) => {
    const values = samples(7, keep);
    expect(values.length).toBeGreaterThan(60);
    expect(await create(format, values)).toEqual(values.map((value) => [value, value]));
  });

  test('names partitions, for the catalog and for those who find the folders', async () => {
    const values = samples(11, (value) => value !== '' && value.length < 8).slice(0, 60);
    await cloud.run(`CREATE TABLE raw.named WITH (external_location = 's3://lake/named/', partitioned_by = ARRAY['p']) AS SELECT * FROM (VALUES ${values.map((value, index) => `(${index}, '${value.replaceAll("'", "''")}')`).join(', ')}) AS v(n, p)`);
    expect((await cloud.run('SELECT p FROM raw.named ORDER BY n')).map(([value]) => value)).toEqual(values);
    await cloud.run(`CREATE EXTERNAL TABLE raw.found (n int) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://lake/named/'`);
    await cloud.run('MSCK REPAIR TABLE raw.found');
    expect((await cloud.run('SELECT p FROM raw.found ORDER BY n')).map(([value]) => value)).toEqual(values);
  });
});

describe('INSERT INTO an external table', () => {
  test.each([
    ['Parquet', 'STORED AS PARQUET', `TBLPROPERTIES ('parquet.compression'='SNAPPY')`],
    ['Hive JSON', `ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'`, ''],
    ['tab-separated text', `ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'`, ''],
  ])('%s: rows are added to those that are there', async (kind, format, properties) => {
    const folder = kind.replaceAll(' ', '').toLowerCase();
    await cloud.run(`CREATE EXTERNAL TABLE raw.target (id int, name string, tags array<string>) ${format} LOCATION 's3://lake/target/${folder}/' ${properties}`);
    await cloud.run(`INSERT INTO raw.target VALUES (1, 'tab	and \\ back', ARRAY['x'])`);
    await cloud.run(`INSERT INTO raw.target (name, id) SELECT 'b', 2`);
    expect(await cloud.run('SELECT * FROM raw.target ORDER BY id')).toEqual([['1', 'tab\tand \\ back', '[x]'], ['2', 'b', null]]);
    expect(filesBelow(`s3://lake/target/${folder}/`)).toHaveLength(2);
    await cloud.run('DROP TABLE raw.target');
  });

  test('new partitions are registered, those there are filled further', async () => {
    await cloud.run(`CREATE EXTERNAL TABLE raw.by_day (id int) PARTITIONED BY (day date, hour int) STORED AS PARQUET LOCATION 's3://lake/by_day/'`);
    await cloud.run(`INSERT INTO raw.by_day VALUES (1, DATE '2025-01-01', 7), (2, DATE '2025-01-01', 8)`);
    await cloud.run(`INSERT INTO raw.by_day VALUES (3, DATE '2025-01-01', 8)`);
    expect(await cloud.run('SHOW PARTITIONS raw.by_day')).toEqual([['day=2025-01-01/hour=7'], ['day=2025-01-01/hour=8']]);
    expect(await cloud.run(`SELECT id, day, hour FROM raw.by_day WHERE hour = 8 ORDER BY id`)).toEqual([['2', '2025-01-01', '8'], ['3', '2025-01-01', '8']]);
    const many = `INSERT INTO raw.by_day SELECT 1, DATE '2025-02-01', CAST(n AS integer) FROM UNNEST(sequence(1, 101)) AS s(n)`;
    expect(await cloud.failure(many)).toBe('HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets');
    expect(await cloud.run('SELECT count(*) FROM raw.by_day')).toEqual([['3']]);
    await cloud.run('INSERT INTO raw.by_day SELECT id, day, hour FROM raw.by_day WHERE false');
    expect(await cloud.run('SELECT count(*) FROM raw.by_day')).toEqual([['3']]);
  });

  test('a projected table is written where its template will look', async () => {
    await cloud.run(`CREATE EXTERNAL TABLE raw.projected (id int) PARTITIONED BY (kind string) STORED AS PARQUET LOCATION 's3://lake/projected/'
      TBLPROPERTIES ('projection.enabled'='true', 'projection.kind.type'='enum', 'projection.kind.values'='a,b', 'storage.location.template'='s3://lake/projected/of-\${kind}/')`);
    await cloud.run(`INSERT INTO raw.projected VALUES (1, 'a'), (2, 'b')`);
    expect(await cloud.run('SELECT id, kind FROM raw.projected ORDER BY id')).toEqual([['1', 'a'], ['2', 'b']]);
    expect(filesBelow('s3://lake/projected/').map((name) => name.split('/')[0])).toEqual(['of-a', 'of-b']);
  });

  test('types are not cast for it', async () => {
    await cloud.run(`CREATE EXTERNAL TABLE raw.typed (n int, at timestamp) STORED AS PARQUET LOCATION 's3://lake/typed/'`);
    expect(await cloud.failure(`INSERT INTO raw.typed (n) VALUES ('1')`)).toMatch(/^TYPE_MISMATCH: .*Table: \[integer\], Query: \[varchar\(1\)\]/);
    expect(await cloud.failure(`INSERT INTO raw.typed (at) SELECT CAST(TIMESTAMP '2025-01-01 00:00:00' AS timestamp(6))`)).toMatch(/^TYPE_MISMATCH: .*timestamp\(6\)/);
    expect(await cloud.failure(`INSERT INTO raw.typed (nope) VALUES (1)`)).toMatch(/nope/);
  });

  test.each([
    ['OpenX JSON', `ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'`, '', /with SerDe org\.openx\.data\.jsonserde\.JsonSerDe is not supported/],
    ['OpenCSV', `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'`, '', /with SerDe .*OpenCSVSerde is not supported/],
    ['two header lines', `ROW FORMAT DELIMITED FIELDS TERMINATED BY ','`, `TBLPROPERTIES ('skip.header.line.count'='2')`, /^NOT_SUPPORTED: Inserting into Hive table with value of skip\.header\.line\.count property greater than 1 is not supported$/],
  ])('%s: refused', async (_what, format, properties, reason) => {
    await cloud.run(`CREATE EXTERNAL TABLE raw.unwritable (a string) ${format} LOCATION 's3://lake/unwritable/' ${properties}`);
    expect(await cloud.failure(`INSERT INTO raw.unwritable VALUES ('x')`)).toMatch(reason);
    await cloud.run('DROP TABLE raw.unwritable');
  });
});

describe('UNLOAD', () => {
  test('text has its delimiter, JSON its keys; both are zipped', async () => {
    await cloud.run(`UNLOAD (SELECT 1 AS n, 'x' AS kind, CAST(NULL AS varchar) AS nothing) TO 's3://lake/unload/text/' WITH (format = 'TEXTFILE', field_delimiter = ',')`);
    expect(textOf('s3://lake/unload/text/')).toBe('1,x,\\N\n');
    await cloud.run(`UNLOAD (SELECT 1 AS n, DECIMAL '1.50' AS price, CAST(NULL AS varchar) AS nothing) TO 's3://lake/unload/json/' WITH (format = 'JSON')`);
    expect(JSON.parse(textOf('s3://lake/unload/json/'))).toEqual({ n: 1, price: 1.5, nothing: null });
    expect(filesBelow('s3://lake/unload/').every((name) => name.endsWith('.gz'))).toBe(true);
  });

  test('partitions take the last columns, and may be added to a folder that has others', async () => {
    for (const day of ['2025-01-01', '2025-01-02']) {
      await cloud.run(`UNLOAD (SELECT 1 AS n, '${day}' AS day) TO 's3://lake/unload/parts' WITH (format = 'PARQUET', partitioned_by = ARRAY['day'])`);
    }
    expect(filesBelow('s3://lake/unload/parts/').map((name) => name.split('/')[0]).sort()).toEqual(['day=2025-01-01', 'day=2025-01-02']);
  });

  test.each([
    ['ORC', `WITH (format = 'ORC')`, /ORC is not supported locally/],
    ['AVRO', `WITH (format = 'AVRO')`, /AVRO is not supported locally/],
    ['a codec text has not', `WITH (format = 'JSON', compression = 'SNAPPY')`, /compression SNAPPY is not supported locally/],
    ['an unknown property', `WITH (format = 'JSON', colour = 'red')`, /colour/],
    ['no format', '', /format/],
  ])('%s: refused', async (_what, rest, reason) => {
    expect(await cloud.failure(`UNLOAD (SELECT 1 AS n) TO 's3://lake/unload/nope/' ${rest}`)).toMatch(reason);
    expect(filesBelow('s3://lake/unload/nope/')).toEqual([]);
  });

  test('timestamps of Iceberg tables are refused as Athena refuses them', async () => {
    expect(await cloud.failure(`UNLOAD (SELECT CAST(TIMESTAMP '2025-01-01 00:00:00' AS timestamp(6)) AS event_time) TO 's3://lake/unload/nope/' WITH (format = 'JSON')`)).toBe(
      'NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS; column name: event_time',
    );
  });
});

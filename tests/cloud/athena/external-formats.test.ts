import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

let cloud: TestCloud;
let duck: DuckDBConnection;
let tables = 0;

beforeAll(async () => {
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE raw');
});
afterAll(() => cloud.stop());

/** A table over one file with this text. */
const table = async (columns: string, rest: string, text: string | Buffer, name = 'data.txt', properties = ''): Promise<string> => {
  tables += 1;
  const location = `s3://lake/formats/t${tables}/`;
  mkdirSync(cloud.store.fileOf(location), { recursive: true });
  writeFileSync(cloud.store.fileOf(location + name), text);
  await cloud.run(`CREATE EXTERNAL TABLE raw.t${tables} (${columns}) ${rest} LOCATION '${location}' ${properties}`);
  return `raw.t${tables}`;
};

const OPENX = `ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'`;
const HIVE_JSON = `ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'`;
const OPEN_CSV = `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'`;

describe('OpenX JSON', () => {
  test('keys are found whatever their case, nested ones too; what is missing is null', async () => {
    const name = await table('userid string, `user` struct<id:int,name:string>, tags array<string>, counts map<string,bigint>', OPENX, '{"UserId":"a","USER":{"Id":1,"Name":"Bo"},"tags":["x",null],"counts":{"A b":12345678901234567}}\n{"userid":null,"user":{}}\n{}\n');
    expect(await cloud.run(`SELECT userid, "user".id, "user".name, tags, counts FROM ${name} ORDER BY userid NULLS LAST, "user".id`)).toEqual([
      ['a', '1', 'Bo', '[x, null]', '{A b=12345678901234567}'],
      [null, null, null, null, null],
      [null, null, null, null, null],
    ]);
  });

  test('mapping gives a column another key; keys with their case on request', async () => {
    const name = await table('ts string, url1 string, url2 string', `${OPENX} WITH SERDEPROPERTIES ("case.insensitive" = "FALSE", "mapping.ts" = "timestamp", "mapping.url1" = "URL", "mapping.url2" = "Url")`, '{"timestamp":"t","URL":"1","Url":"2"}');
    expect(await cloud.run(`SELECT * FROM ${name}`)).toEqual([['t', '1', '2']]);
  });

  test('dots in keys are underscores on request', async () => {
    const name = await table('a_b string', `${OPENX} WITH SERDEPROPERTIES ('dots.in.keys'='true')`, '{"a.b":"dotted"}');
    expect(await cloud.run(`SELECT * FROM ${name}`)).toEqual([['dotted']]);
  });

  test('a line that is no JSON fails the query, or is a row of nulls where that is asked for', async () => {
    const text = '{"id":"a"}\n{"id":\n';
    expect(await cloud.failure(`SELECT * FROM ${await table('id string', OPENX, text)}`)).toMatch(/^HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: /);
    const lenient = await table('id string', `${OPENX} WITH SERDEPROPERTIES ('ignore.malformed.json'='true')`, text);
    expect(await cloud.run(`SELECT * FROM ${lenient} ORDER BY id`)).toEqual([['a'], [null]]);
  });

  test('numbers may be text; objects read as text are their JSON; what is no number fails', async () => {
    const name = await table('n int, whole string, flag boolean, at timestamp, price decimal(5,2)', OPENX, '{"n":"7","whole":{"a":1},"flag":"TRUE","at":"2025-01-01 10:00:00.123456","price":1.5}');
    expect(await cloud.run(`SELECT * FROM ${name}`)).toEqual([['7', '{"a":1}', 'true', '2025-01-01 10:00:00.123', '1.50']]);
    expect(await cloud.failure(`SELECT * FROM ${await table('n int', OPENX, '{"n":"x"}')}`)).toMatch(/^HIVE_BAD_DATA: Error parsing field value '"x"' for field 0: /);
  });
});

test('Hive JSON fails on an object where text belongs', async () => {
  expect(await cloud.failure(`SELECT * FROM ${await table('a string', HIVE_JSON, '{"a":{"b":1}}')}`)).toMatch(/^HIVE_BAD_DATA/);
  expect(await cloud.run(`SELECT * FROM ${await table('a string, b array<int>', HIVE_JSON, gzipSync('{"A":"x","b":[1]}'), 'data.json.gz')}`)).toEqual([['x', '[1]']]);
});

describe('delimited text', () => {
  test('fields beyond the columns are left out, missing ones and unreadable numbers are null', async () => {
    const name = await table('id string, n int, d date', `ROW FORMAT DELIMITED FIELDS TERMINATED BY ','`, 'a,1,2025-01-01,more\nb,x,\n"c,7.9\n\\N,\\N,\\N\n');
    expect(await cloud.run(`SELECT * FROM ${name} ORDER BY id NULLS LAST`)).toEqual([['"c', '7', null], ['a', '1', '2025-01-01'], ['b', null, null], [null, null, null]]);
  });

  test('header lines, a null text, escapes and tabs are as the table says', async () => {
    const skipped = await table('a string, b string', `ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' NULL DEFINED AS 'NULL'`, 'a\tb\nx\\\ty\tNULL\nback\\\\slash\tz\n', 'data.tsv', `TBLPROPERTIES ('skip.header.line.count'='1')`);
    expect(await cloud.run(`SELECT a, b FROM ${skipped} ORDER BY a`)).toEqual([['back\\slash', 'z'], ['x\ty', null]]);
  });

  test('collections have separators of their own', async () => {
    const name = await table('tags array<int>, facts map<string,int>, place struct<city:string,code:int>', `ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' COLLECTION ITEMS TERMINATED BY ',' MAP KEYS TERMINATED BY ':'`, '1,2|a:1,b:2|Berlin,10\n|x:y|\n');
    expect(await cloud.run(`SELECT tags, facts, place.city, place.code FROM ${name} ORDER BY cardinality(tags) DESC`)).toEqual([['[1, 2]', '{a=1, b=2}', 'Berlin', '10'], ['[]', '{x=null}', '', null]]);
  });

  test('^A stands between fields where nothing is said', async () => {
    expect(await cloud.run(`SELECT * FROM ${await table('a string, b int', '', 'x\u00011\n')}`)).toEqual([['x', '1']]);
  });
});

describe('OpenCSV', () => {
  test('fields are text, empty ones too; quotes and escapes are gone', async () => {
    const name = await table('a string, b string', OPEN_CSV, '"x, y",\n"say \\"hi\\"",z,extra\nalone\n');
    expect(await cloud.run(`SELECT * FROM ${name} ORDER BY a`)).toEqual([['alone', null], ['say "hi"', 'z'], ['x, y', '']]);
  });

  test('dates are days, timestamps milliseconds since 1970; an empty number fails', async () => {
    const name = await table('d date, t timestamp, n int, ok boolean', OPEN_CSV, '"18276","1579059880000","5","true"\n');
    expect(await cloud.run(`SELECT * FROM ${name}`)).toEqual([['2020-01-15', '2020-01-15 03:44:40.000', '5', 'true']]);
    expect(await cloud.failure(`SELECT * FROM ${await table('a string, n int', OPEN_CSV, 'x,\n')}`)).toBe(`HIVE_BAD_DATA: Error parsing field value '' for field 1: For input string: ""`);
  });
});

describe('Parquet', () => {
  const parquet = async (columns: string, select: string, serde = ''): Promise<string> => {
    tables += 1;
    const location = `s3://lake/formats/t${tables}/`;
    const file = cloud.store.fileOf(`${location}data.parquet`);
    mkdirSync(path.dirname(file), { recursive: true });
    await duck.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
    await cloud.run(`CREATE EXTERNAL TABLE raw.t${tables} (${columns}) ${serde} STORED AS PARQUET LOCATION '${location}'`);
    return `raw.t${tables}`;
  };

  test('names of columns and fields agree whatever their case; a field the file has not is null', async () => {
    const name = await parquet('id string, place struct<city:string,code:int,extra:string>, items array<struct<sku:string,price:double>>', `SELECT 'a' AS "Id", {'Code': 7, 'City': 'Berlin'} AS "Place", [{'SKU': 's'}] AS items`);
    expect(await cloud.run(`SELECT id, place.city, place.code, place.extra, items[1].sku, items[1].price FROM ${name}`)).toEqual([['a', 'Berlin', '7', null, 's', null]]);
  });

  test('null structs, lists and maps stay null', async () => {
    const name = await parquet('place struct<city:string>, m map<string,struct<n:int>>', `SELECT CAST(NULL AS STRUCT(city VARCHAR, x INT)) AS place, CAST(NULL AS MAP(VARCHAR, STRUCT(n INT))) AS m UNION ALL SELECT {'city': 'B', 'x': 1}, MAP {'k': {'n': 1}}`);
    expect(await cloud.run(`SELECT place IS NULL, m IS NULL, m['k'].n FROM ${name} WHERE place IS NOT NULL`)).toEqual([['false', 'false', '1']]);
    expect(await cloud.run(`SELECT count(*) FROM ${name} WHERE place IS NULL AND m IS NULL`)).toEqual([['1']]);
  });

  test.each([
    ['a field of a struct', 'place struct<city:int>', `SELECT {'city': 'B'} AS place`, 'place.city', 'BYTE_ARRAY', 'integer'],
    ['an element of a list', 'tags array<string>', 'SELECT [1, 2] AS tags', 'tags.element', 'INT32', 'varchar'],
    ['a value of a map', 'm map<string,date>', `SELECT MAP {'a': 1.5::DOUBLE} AS m`, 'm.value', 'DOUBLE', 'date'],
    ['a list where a struct belongs', 'place struct<city:string>', 'SELECT [1] AS place', 'place', 'GROUP', 'row(city varchar)'],
    ['a number where a list belongs', 'tags array<int>', 'SELECT 1 AS tags', 'tags', 'INT32', 'array(integer)'],
  ])('%s of another type is refused', async (_what, columns, select, field, physical, type) => {
    expect(await cloud.failure(`SELECT * FROM ${await parquet(columns, select)}`)).toMatch(
      new RegExp(`^HIVE_BAD_DATA: Field ${field}'s type ${physical} in parquet file s3://\\S+ is incompatible with type ${type.replaceAll(/[()]/g, '\\$&')} defined in table schema$`),
    );
  });

  test('columns are read by their place where the table says so', async () => {
    const byIndex = `ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' WITH SERDEPROPERTIES ('parquet.column.index.access'='true')`;
    expect(await cloud.run(`SELECT renamed, n, later FROM ${await parquet('renamed string, n int, later string', `SELECT 'a' AS old, 1 AS n`, byIndex)}`)).toEqual([['a', '1', null]]);
  });
});

test.each(['ORC', 'AVRO', 'RCFILE', 'SEQUENCEFILE', 'ION'])('STORED AS %s is refused', async (format) => {
  expect(await cloud.failure(`CREATE EXTERNAL TABLE raw.nope (a string) STORED AS ${format} LOCATION 's3://lake/nope/'`)).toContain('is not supported locally');
});

test('a SerDe that is not read is refused when the table is made', async () => {
  expect(await cloud.failure(`CREATE EXTERNAL TABLE raw.nope (a string) ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe' WITH SERDEPROPERTIES ('input.format'='%{WORD:a}') LOCATION 's3://lake/nope/'`)).toBe('NOT_SUPPORTED: SerDe com.amazonaws.glue.serde.GrokSerDe is not supported locally');
});

import { CreateTableCommand, GetTableCommand } from '@aws-sdk/client-glue';
import { readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import { Executions, isEnded } from '../../../localcloud/athena/service/executions.ts';
import { startTestCloud } from './support.ts';
import type { TestCloud } from './support.ts';

/** Files somebody else damaged, and statements too deep to be read, end in an error that names them, never in a wrong answer. */
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
  await cloud.run('CREATE DATABASE lake');
});
afterAll(() => cloud.stop());

const filesOf = (table: string, pattern: RegExp): string[] => {
  const folder = path.join(cloud.dataDir, 's3', 'lake', table);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => pattern.test(file)).map((file) => path.join(folder, file));
};

const filled = async (table: string): Promise<void> => {
  await cloud.run(`CREATE TABLE lake.${table} (a int) LOCATION 's3://lake/${table}/' TBLPROPERTIES ('table_type'='ICEBERG')`);
  await cloud.run(`INSERT INTO lake.${table} VALUES (1), (2)`);
};

describe('a data file', () => {
  test('that is gone is named', async () => {
    await filled('gone');
    for (const file of filesOf('gone', /\.parquet$/)) rmSync(file);
    expect(await cloud.failure('SELECT * FROM lake.gone')).toMatch(/^ICEBERG_CANNOT_OPEN_SPLIT: Error opening Iceberg split: there is no file .*\.parquet$/);
  });

  test('that was cut short is named', async () => {
    await filled('cut');
    for (const file of filesOf('cut', /\.parquet$/)) truncateSync(file, 100);
    expect(await cloud.failure('SELECT * FROM lake.cut')).toMatch(/^ICEBERG_BAD_DATA: Malformed Parquet file: No magic bytes found at end of file '.*\.parquet'/);
  });

  test('of text that is not compressed as its name says is named', async () => {
    await cloud.run(`CREATE EXTERNAL TABLE lake.zipped (a string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/zipped/'`);
    await cloud.store.put('lake', 'zipped/good.gz', gzipSync('x\n'));
    await cloud.store.put('lake', 'zipped/bad.gz', Buffer.from('not compressed'));
    expect(await cloud.failure('SELECT * FROM lake.zipped')).toMatch(/^HIVE_CURSOR_ERROR: Not in GZIP format: .*bad\.gz/);
  });
});

describe('metadata that another program damaged', () => {
  const damages: [string, (text: string) => string, RegExp][] = [
    ['is no JSON', (text) => text.slice(0, 50), /^Cannot parse metadata: /],
    ['is null', () => 'null', /^Cannot parse metadata: it is no JSON object$/],
    ['has no schemas', (text) => text.replace('"schemas"', '"other"'), /^Cannot parse missing or broken field: schemas$/],
    ['lists no snapshots', (text) => text.replace('"snapshots"', '"other"'), /^The current snapshot \d+ is not among the table's snapshots$/],
  ];

  test.each(damages)('which %s is refused before anything is done by it', async (name, damage, reason) => {
    const table = `meta_${name.replaceAll(' ', '_')}`;
    await filled(table);
    const written = readFileSync(filesOf(table, /00001-.*metadata\.json$/)[0] ?? '', 'utf8');
    expect(parseMetadata(written).snapshots).toHaveLength(1);
    expect(() => parseMetadata(damage(written))).toThrow(reason);
  });
});

describe('depth', () => {
  test('thirty views within each other are read; a view within itself is told', async () => {
    await cloud.run('CREATE VIEW lake.v0 AS SELECT 1 AS a');
    await cloud.run('CREATE VIEW lake.v1 AS SELECT * FROM lake.v0');
    const { Table: first } = await cloud.glue.send(new GetTableCommand({ DatabaseName: 'lake', Name: 'v1' }));
    const [, definition = ''] = /^\/\* Presto View: (.+) \*\/$/.exec(first?.ViewOriginalText ?? '') ?? [];
    for (let depth = 2; depth <= 30; depth++) {
      const text = Buffer.from(definition, 'base64').toString().replace('lake.v0', `lake.v${depth - 1}`);
      const TableInput = { Name: `v${depth}`, TableType: 'VIRTUAL_VIEW', Parameters: first?.Parameters, StorageDescriptor: first?.StorageDescriptor, ViewExpandedText: first?.ViewExpandedText };
      await cloud.glue.send(new CreateTableCommand({ DatabaseName: 'lake', TableInput: { ...TableInput, ViewOriginalText: `/* Presto View: ${Buffer.from(text).toString('base64')} */` } }));
    }
    expect(await cloud.run('SELECT * FROM lake.v30')).toEqual([['1']]);
    await cloud.run('CREATE OR REPLACE VIEW lake.v0 AS SELECT * FROM lake.v30');
    expect(await cloud.failure('SELECT * FROM lake.v0')).toBe('VIEW_IS_RECURSIVE: View is recursive: lake.v0');
  });

  test('a type nested twenty thousand deep is refused as a request', async () => {
    const type = `${'array<'.repeat(20_000)}int${'>'.repeat(20_000)}`;
    expect(await cloud.failure(`CREATE TABLE lake.deep (a ${type}) LOCATION 's3://lake/deep/' TBLPROPERTIES ('table_type'='ICEBERG')`)).toMatch(/nested too deeply/);
  });

  test('a sum of two thousand numbers is too large', async () => {
    expect(await cloud.failure(`SELECT 1${'+1'.repeat(2_000)}`)).toMatch(/^STATEMENT_TOO_LARGE: /);
  });
});

test('a full disk fails the query that cannot be written down, not the process', async () => {
  const save = jest.spyOn(Executions.prototype, 'save');
  save.mockImplementation(function (this: Executions, execution) {
    if (isEnded(execution.state)) throw new Error('ENOSPC: no space left on device, write');
    this.remember(execution);
  });
  expect(await cloud.failure('SELECT 1')).toBe('GENERIC_INTERNAL_ERROR: the end of the query (SUCCEEDED) could not be written: ENOSPC: no space left on device, write');
  save.mockRestore();
  expect(await cloud.run('SELECT 1')).toEqual([['1']]);
});

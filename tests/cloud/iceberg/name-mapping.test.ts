import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { alterTable, append, deleteRows } from '../../../localcloud/athena/iceberg/index.ts';
import { addFile } from './foreign-files.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

const MAPPING = JSON.stringify([
  { 'field-id': 1, names: ['id', 'record_id'] },
  { 'field-id': 2, names: ['note'] },
  { 'field-id': 3, names: ['day'] },
  { 'field-id': 4, names: ['place'], fields: [{ 'field-id': 5, names: ['lat'] }, { 'field-id': 6, names: ['lon'] }] },
]);

describe('data files without field ids, of a Hive table made an Iceberg table', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    const place = { type: 'struct' as const, fields: [{ name: 'lat', type: 'double' }, { name: 'lon', type: 'double' }] };
    table = fixture.table('s3://lake/migrated', { columns: [{ name: 'id', type: 'long' }, { name: 'note', type: 'string' }, { name: 'day', type: 'string' }, { name: 'place', type: place }], partitioning: [{ column: 'day', transform: 'identity' }], properties: { 'schema.name-mapping.default': MAPPING } });
    await append(table.session, { sql: "SELECT 1, 'own', 'monday', {lat: 1.5, lon: 2.5}" });
  });
  afterEach(() => fixture.close());

  /** Hive keeps the partition's column out of the file. */
  const addHiveFile = async (name: string, select: string): Promise<void> => {
    const uri = `s3://lake/migrated/data/day=tuesday/${name}.parquet`;
    const file = fixture.warehouse.fileOf(uri);
    mkdirSync(path.dirname(file), { recursive: true });
    await fixture.query(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
    addFile(fixture, table, uri, 2, ['tuesday']);
  };

  test('columns are found by the mapped names, partition columns in the partition, others are NULL', async () => {
    await addHiveFile('a', "SELECT * FROM (VALUES (CAST(2 AS INTEGER), {lat: 3.5, lon: 4.5}), (3, NULL)) AS v(record_id, place)");
    await addHiveFile('b', "SELECT * FROM (VALUES (4, 'x', 7), (5, 'y', 8)) AS v(id, note, other)");
    expect(await table.select('SELECT id, note, day, place.lon AS lon FROM {t} ORDER BY id')).toEqual([
      { id: '1', note: 'own', day: 'monday', lon: 2.5 },
      { id: '2', note: null, day: 'tuesday', lon: 4.5 },
      { id: '3', note: null, day: 'tuesday', lon: null },
      { id: '4', note: 'x', day: 'tuesday', lon: null },
      { id: '5', note: 'y', day: 'tuesday', lon: null },
    ]);
  });

  test('rows of them can be deleted, and columns renamed', async () => {
    await addHiveFile('a', "SELECT * FROM (VALUES (2, 'x'), (3, 'y')) AS v(id, note)");
    await deleteRows(table.session, { alias: 't', where: 't.id = 2' });
    alterTable(table.session, { kind: 'change-column', column: 'note', name: 'remark', type: 'string' });
    expect(await table.select('SELECT id, remark FROM {t} ORDER BY id')).toEqual([{ id: '1', remark: 'own' }, { id: '3', remark: 'y' }]);
  });

  test('a mapping that is none is an error', () => {
    alterTable(table.session, { kind: 'set-properties', properties: { 'schema.name-mapping.default': '{' } });
    expect(() => table.load().planFiles()).toThrow('Cannot read the table property schema.name-mapping.default');
  });
});

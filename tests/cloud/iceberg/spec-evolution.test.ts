import { append, merge, optimize } from '../../../localcloud/athena/iceberg/index.ts';
import { nextMetadata, writeMetadata } from '../../../localcloud/athena/iceberg/metadata.ts';
import type { PartitionField } from '../../../localcloud/athena/iceberg/metadata.ts';
import { readWithIcebird } from './second-reader.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

/** Another engine changes how the table is partitioned: files of both ways lie side by side from then on. */
const repartition = (fixture: IcebergFixture, table: TestTable, fields: PartitionField[]): void => {
  const base = table.load();
  const specId = Math.max(...base.metadata['partition-specs'].map((spec) => spec['spec-id'])) + 1;
  const next = nextMetadata(base.metadata, base.metadataLocation, 0, {
    'default-spec-id': specId,
    'partition-specs': [...base.metadata['partition-specs'], { 'spec-id': specId, fields }],
    'last-partition-id': Math.max(...fields.map((field) => field['field-id'])),
  });
  table.pointer.location = writeMetadata(fixture.warehouse, next, base.metadataLocation);
};

describe('a table whose partitioning was changed', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  beforeEach(async () => {
    fixture = await IcebergFixture.open();
    table = fixture.table('s3://lake/silver/t', { columns: [{ name: 'id', type: 'int' }, { name: 'ts', type: 'timestamp' }], partitioning: [{ column: 'ts', transform: 'month' }] });
    await append(table.session, { sql: "SELECT CAST(i AS INTEGER), TIMESTAMP '2025-01-15 00:00:00' + to_days(CAST(i AS INTEGER)) FROM range(40) AS r(i)" });
    repartition(fixture, table, [
      { 'source-id': 2, 'field-id': 1000, name: 'ts_month', transform: 'void' },
      { 'source-id': 2, 'field-id': 1001, name: 'ts_day', transform: 'day' },
    ]);
    await append(table.session, { sql: "SELECT CAST(100 + i AS INTEGER), TIMESTAMP '2025-01-15 00:00:00' + to_days(CAST(i AS INTEGER)) FROM range(3) AS r(i)" });
  });
  afterEach(() => fixture.close());

  const ids = async (): Promise<number[]> => (await table.select('SELECT id FROM {t} ORDER BY id')).map((row) => Number(row['id']));

  test('each file is left out or read by the partitioning of its time', async () => {
    const plan = table.load().planFiles([{ column: 'ts', op: '=', values: [{ type: 'timestamp', value: '2025-01-16 00:00:00' }] }]);
    expect(plan.data.map((entry) => entry.file.path.replace(/^.*\/data\/|\/[^/]*$/g, '')).sort()).toEqual(['ts_month=2025-01', 'ts_month=null/ts_day=2025-01-16']);
    expect(await table.select("SELECT id FROM {t} WHERE ts = TIMESTAMP '2025-01-16 00:00:00' ORDER BY id", plan)).toEqual([{ id: 1 }, { id: 101 }]);
  });

  test('$partitions has the partitions of both ways, with the statistics of their other columns', async () => {
    const rows = await fixture.query(`SELECT partition, record_count, file_count, data FROM ${table.load().metadataTableSql('partitions')} ORDER BY partition.ts_month, partition.ts_day`);
    const statistics = (id: number, ts: string): unknown => ({ id: { min: id, max: id, null_count: '0', nan_count: null }, ts: { min: ts, max: ts, null_count: '0', nan_count: null } });
    expect(rows.map((row) => [row['partition'], row['record_count']])).toEqual([
      [{ ts_month: 660, ts_day: null }, '17'],
      [{ ts_month: 661, ts_day: null }, '23'],
      [{ ts_month: null, ts_day: '2025-01-15' }, '1'],
      [{ ts_month: null, ts_day: '2025-01-16' }, '1'],
      [{ ts_month: null, ts_day: '2025-01-17' }, '1'],
    ]);
    expect(rows.at(-1)).toMatchObject({ file_count: '1', data: statistics(102, '2025-01-17 00:00:00') });
  });

  test('a merge over both kinds of files and a compaction keep all rows', async () => {
    await merge(table.session, {
      targetAlias: 't',
      source: { sql: '(VALUES (1), (101)) AS v(id)', alias: 's' },
      on: 't.id = s.id',
      clauses: [{ matched: true, condition: null, action: 'update', set: [['id', 't.id + 1000']] }],
    });
    await optimize(table.session);
    const expected = [...Array.from({ length: 40 }, (_, i) => i), 100, 101, 102].map((id) => (id === 1 || id === 101 ? id + 1000 : id)).sort((a, b) => a - b);
    expect(await ids()).toEqual(expected);
    expect(readWithIcebird(fixture.warehouse, table).map((row) => Number(row['id'])).sort((a, b) => a - b)).toEqual(expected);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { crc32, gzipSync, inflateRawSync } from 'node:zlib';
import { alterTable, append, deleteRows, optimize } from '../../../localcloud/athena/iceberg/index.ts';
import { unsnappy } from '../../../localcloud/athena/iceberg/avro-codecs.ts';
import { decodeAvro, encodeAvro } from '../../../localcloud/athena/iceberg/avro.ts';
import type { AvroSchema } from '../../../localcloud/athena/iceberg/avro.ts';
import { parseLossless, stringifyLossless } from '../../../localcloud/athena/iceberg/lossless-json.ts';
import { IcebergFixture } from './support.ts';
import type { TestTable } from './support.ts';

/** A Snappy block of literals only: valid, if not small. */
const snappyOf = (bytes: Buffer): Buffer => {
  const size: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    size.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  const literal = Buffer.from([61 << 2, 0, 0]);
  literal.writeUInt16LE(bytes.length - 1, 1);
  return Buffer.concat([Buffer.from(size), literal, bytes]);
};

const zigzag = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value * 2; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
};

/** One block of records under another codec than this package writes. */
const encodeWith = (codec: 'null' | 'snappy', schema: AvroSchema, records: readonly unknown[], meta: Record<string, string>): Buffer => {
  const deflated = encodeAvro(schema, records, { ...meta, 'avro.codec': codec });
  const sync = deflated.subarray(-16);
  const header = deflated.subarray(0, deflated.indexOf(sync) + 16);
  const start = header.length + zigzag(records.length).length;
  let bodyStart = start;
  while ((deflated[bodyStart] ?? 0) >= 0x80) bodyStart += 1;
  const plain = inflateRawSync(deflated.subarray(bodyStart + 1, -16));
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(plain));
  const body = codec === 'null' ? plain : Buffer.concat([snappyOf(plain), checksum]);
  return Buffer.concat([header, zigzag(records.length), zigzag(body.length), body, sync]);
};

/** Fields under other names, ints as longs: what one writer calls `added_data_files_count`, another calls `added_files_count`. */
const asOtherWriters = (schema: AvroSchema): AvroSchema => {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema)) return schema.map(asOtherWriters);
  const names: Record<string, string> = { added_files_count: 'added_data_files_count', existing_files_count: 'existing_data_files_count', deleted_files_count: 'deleted_data_files_count', sequence_number: 'seq' };
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, ['fields', 'type', 'items'].includes(key) ? asOtherWriters(value as AvroSchema) : value]));
  return { ...copy, ...(typeof copy['name'] === 'string' ? { name: names[copy['name']] ?? copy['name'] } : {}), ...(copy['type'] === 'int' ? { type: 'long' } : {}) };
};

const renameKeys = (record: Record<string, unknown>): Record<string, unknown> => ({
  ...record,
  added_data_files_count: record['added_files_count'],
  existing_data_files_count: record['existing_files_count'],
  deleted_data_files_count: record['deleted_files_count'],
  seq: record['sequence_number'],
});

describe('metadata of other writers', () => {
  let fixture: IcebergFixture;
  let table: TestTable;
  let tables = 0;
  beforeAll(async () => {
    fixture = await IcebergFixture.open();
  });
  afterAll(() => fixture.close());
  beforeEach(async () => {
    tables += 1;
    table = fixture.table(`s3://lake/foreign/t${tables}`, { columns: [{ name: 'id', type: 'int' }, { name: 'day', type: 'date' }], partitioning: [{ column: 'day', transform: 'identity' }] });
    for (const day of ['2025-01-01', '2025-01-02']) await append(table.session, { sql: `SELECT CAST(i AS INTEGER), DATE '${day}' FROM range(5) AS r(i)` });
    await deleteRows(table.session, { alias: 't', where: 't.id = 3' });
  });

  const ids = async (): Promise<unknown[]> => (await table.select('SELECT DISTINCT id FROM {t} ORDER BY id')).map((row) => row['id']);

  /** Everything a table's metadata is made of, copied under new names and changed on the way. */
  const rewrite = (change: { avro?: (bytes: Buffer) => Buffer; json?: (metadata: Record<string, unknown>) => Record<string, unknown>; bytes?: (json: string) => Buffer; suffix?: string }): void => {
    const now = table.load();
    const { avro } = change;
    const copy = (uri: string, bytes: Buffer): string => {
      const next = uri.replace(/(\w+)(-m0)?\.avro$/, `$1-copy$2.avro`);
      writeFileSync(fixture.warehouse.fileOf(next), bytes);
      return next;
    };
    const snapshots = now.metadata.snapshots.map((snapshot) => {
      const list = decodeAvro(readFileSync(fixture.warehouse.fileOf(snapshot['manifest-list'])));
      const records = (list.records as Record<string, unknown>[]).map((record) => {
        const bytes = readFileSync(fixture.warehouse.fileOf(String(record['manifest_path'])));
        return { ...record, manifest_path: copy(String(record['manifest_path']), avro ? avro(bytes) : bytes) };
      });
      const bytes = encodeAvro(list.schema, records, { 'format-version': '2' });
      return { ...snapshot, 'manifest-list': copy(snapshot['manifest-list'], avro ? avro(bytes) : bytes) };
    });
    const metadata = { ...(parseLossless(stringifyLossless({ ...now.metadata, snapshots })) as Record<string, unknown>) };
    const json = stringifyLossless(change.json ? change.json(metadata) : metadata);
    const location = now.metadataLocation.replace(/\.metadata\.json$/, change.suffix ?? '-copy.metadata.json');
    writeFileSync(fixture.warehouse.fileOf(location), change.bytes ? change.bytes(json) : json);
    table.pointer.location = location;
  };

  test.each(['null', 'snappy'] as const)('Avro files of codec %s, with other names of fields and wider numbers', async (codec) => {
    rewrite({
      avro: (bytes) => {
        const { schema, records, meta } = decodeAvro(bytes);
        return encodeWith(codec, asOtherWriters(schema), (records as Record<string, unknown>[]).map(renameKeys), Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith('avro.'))));
      },
    });
    expect(await ids()).toEqual([0, 1, 2, 4]);
    expect(table.load().planFiles([{ column: 'day', op: '=', values: [{ type: 'date', value: '2025-01-02' }] }]).data).toHaveLength(1);
    await deleteRows(table.session, { alias: 't', where: 't.id = 4' });
    alterTable(table.session, { kind: 'set-properties', properties: { optimize_rewrite_delete_file_threshold: '1' } });
    await optimize(table.session);
    expect(await ids()).toEqual([0, 1, 2]);
    expect(table.load().currentSnapshot()?.summary).toMatchObject({ 'total-records': '6', 'total-delete-files': '0' });
  });

  test('copies in Snappy, short and long, also those that overlap themselves', () => {
    expect(unsnappy(Buffer.from([12, 0x0c, ...Buffer.from('abcd'), 0x11, 4])).toString()).toBe('abcdabcdabcd');
    expect(unsnappy(Buffer.from([9, 0x00, 0x61, (7 << 2) | 2, 1, 0])).toString()).toBe('aaaaaaaaa');
    expect(() => unsnappy(Buffer.from([9, 0x00, 0x61, (7 << 2) | 2, 2, 0]))).toThrow('Snappy: damaged');
    expect(() => unsnappy(Buffer.from([9, 0x00, 0x61]))).toThrow('Snappy: cut off');
  });

  test('metadata compressed with gzip, and the next version of it', async () => {
    rewrite({ suffix: '.gz.metadata.json', bytes: (json) => gzipSync(json) });
    expect(await ids()).toEqual([0, 1, 2, 4]);
    await append(table.session, { sql: "SELECT 9, DATE '2025-01-03'" });
    expect(await ids()).toEqual([0, 1, 2, 4, 9]);
  });

  test('a codec that is not known is an error that names it', async () => {
    rewrite({
      avro: (bytes) => {
        const { schema, records, meta } = decodeAvro(bytes);
        return encodeAvro(schema, records, { ...meta, 'avro.codec': 'bzip2' });
      },
    });
    await expect(ids()).rejects.toMatchObject({ errorName: 'ICEBERG_INVALID_METADATA', cause: { message: 'Avro codec not supported locally: bzip2' } });
  });

  test.each([1, 3])('tables of format version %i are refused, as Athena works on version 2 only', async (version) => {
    rewrite({ json: (metadata) => ({ ...metadata, 'format-version': version }) });
    await expect(ids()).rejects.toMatchObject({ errorName: 'ICEBERG_INVALID_METADATA', message: `Unsupported Iceberg format version: ${version}` });
  });

  test('sort orders, statistics and whatever else is in the metadata stay over commits', async () => {
    const order = { 'order-id': 1, fields: [{ transform: 'identity', 'source-id': 1, direction: 'asc', 'null-order': 'nulls-first' }] };
    rewrite({ json: (metadata) => ({ ...metadata, 'sort-orders': [{ 'order-id': 0, fields: [] }, order], 'default-sort-order-id': 1, 'next-row-id': 5 }) });
    await append(table.session, { sql: "SELECT 9, DATE '2025-01-03'" });
    await deleteRows(table.session, { alias: 't', where: 't.id = 9' });
    await append(table.session, { sql: "SELECT 8, DATE '2025-01-03'" });
    expect(table.load().metadata).toMatchObject({ 'sort-orders': [{ 'order-id': 0, fields: [] }, order], 'default-sort-order-id': 1, 'next-row-id': 5 });
    // Athena's files are not sorted: they must not say they were (spec "Sorting").
    expect(table.load().planFiles().data.map((entry) => entry.file.sortOrderId)).toEqual([0, 0, 0]);
  });
});

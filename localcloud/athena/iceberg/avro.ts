import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import type { Type } from 'avsc';

/*
 * Avro object container files as Iceberg writes its manifests: the schema in the header carries `field-id` attributes, which
 * avsc would drop, so the header is written here and avsc only encodes the values.
 */

/** An Avro schema as JSON. */
export type AvroSchema = string | AvroSchema[] | { [attribute: string]: unknown };

/** Longs are bigint: snapshot ids have 63 bits. */
const bigintLong = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint | number) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt(value));
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** avsc does not replace `long` inside `{type: 'long', logicalType: …}`; the logical type means nothing to the encoding. */
const withoutLogicalTypes = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutLogicalTypes);
  if (schema === null || typeof schema !== 'object') return schema;
  const record = schema as Record<string, unknown>;
  if ((record['type'] === 'long' || record['type'] === 'int') && record['logicalType'] !== undefined) return record['type'];
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, ['type', 'fields', 'items', 'values'].includes(key) ? withoutLogicalTypes(value) : value]));
};

const codecs = new Map<string, Type>();

const codecOf = (schemaJson: string): Type => {
  const known = codecs.get(schemaJson);
  if (known) return known;
  const schema = withoutLogicalTypes(JSON.parse(schemaJson)) as avro.Schema;
  const codec = avro.Type.forSchema(schema, { registry: { long: bigintLong }, wrapUnions: false });
  codecs.set(schemaJson, codec);
  return codec;
};

const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: 16 } },
  ],
});
const LONG = avro.Type.forSchema('long');
const MAGIC = Buffer.from('Obj\x01', 'latin1');
const ROWS_PER_BLOCK = 1000;
const SYNC_LENGTH = 16;

/** Encodes records as an Avro file, deflate-compressed, with further header entries. */
export const encodeAvro = (schema: AvroSchema, records: readonly unknown[], entries: Readonly<Record<string, string>>): Buffer => {
  const schemaJson = JSON.stringify(schema);
  const codec = codecOf(schemaJson);
  const sync = randomBytes(SYNC_LENGTH);
  const meta = Object.fromEntries(Object.entries({ 'avro.schema': schemaJson, 'avro.codec': 'deflate', ...entries }).map(([key, value]) => [key, Buffer.from(value)]));
  const parts = [HEADER.toBuffer({ magic: MAGIC, meta, sync })];
  for (let start = 0; start < records.length; start += ROWS_PER_BLOCK) {
    const block = records.slice(start, start + ROWS_PER_BLOCK);
    const body = deflateRawSync(Buffer.concat(block.map((record) => codec.toBuffer(record))));
    parts.push(LONG.toBuffer(block.length), LONG.toBuffer(body.length), body, sync);
  }
  return Buffer.concat(parts);
};

export interface AvroFile {
  schema: AvroSchema;
  meta: Record<string, string>;
  records: unknown[];
}

const uncompress = (codec: string, body: Buffer): Buffer => {
  if (codec === 'deflate') return inflateRawSync(body);
  if (codec === 'null') return body;
  throw new Error(`Avro codec not supported: ${codec}`);
};

/** avsc knows no types of values: what a codec decodes is what its schema says. */
const decodeAt = (codec: Type, bytes: Buffer, offset: number): { value: unknown; offset: number } => codec.decode(bytes, offset);

/** Decodes an Avro file of any writer. Throws where it is none, or its codec is neither deflate nor null. */
export const decodeAvro = (file: Buffer): AvroFile => {
  if (!file.subarray(0, 4).equals(MAGIC)) throw new Error('not an Avro file');
  const header = decodeAt(HEADER, file, 0);
  const entries = Object.entries((header.value as { meta: Record<string, Buffer> }).meta);
  const meta = Object.fromEntries(entries.map(([key, value]) => [key, value.toString('utf8')]));
  const schemaJson = meta['avro.schema'] ?? 'null';
  const codec = codecOf(schemaJson);
  const records: unknown[] = [];
  for (let offset = header.offset; offset < file.length; ) {
    const rows = decodeAt(LONG, file, offset);
    const size = decodeAt(LONG, file, rows.offset);
    const end = size.offset + Number(size.value);
    const body = uncompress(meta['avro.codec'] ?? 'null', file.subarray(size.offset, end));
    for (let i = 0, position = 0; i < Number(rows.value); i += 1) {
      const decoded = decodeAt(codec, body, position);
      records.push(decoded.value);
      position = decoded.offset;
    }
    offset = end + SYNC_LENGTH;
  }
  return { schema: JSON.parse(schemaJson) as AvroSchema, meta, records };
};

import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import avro from 'avsc';
import type { Type } from 'avsc';
import { uncompress } from './avro-codecs.ts';

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

/** avsc knows no types of values: what a codec decodes is what its schema says. */
const decodeAt = (codec: Type, bytes: Buffer, offset: number): { value: unknown; offset: number } => codec.decode(bytes, offset);

type Node = Record<string, unknown>;

/** Calls a function with every object of an Avro schema, fields and types alike. */
const visitSchema = (schema: unknown, visit: (node: Node) => void): void => {
  if (Array.isArray(schema)) for (const member of schema) visitSchema(member, visit);
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return;
  const node = schema as Node;
  visit(node);
  for (const key of ['fields', 'type', 'items', 'values']) visitSchema(node[key], visit);
};

/** Names of a schema's fields by field id. */
export const fieldNames = (schema: AvroSchema): Map<number, string> => {
  const names = new Map<number, string>();
  visitSchema(schema, (node) => {
    if (typeof node['field-id'] === 'number' && typeof node['name'] === 'string') names.set(node['field-id'], node['name']);
  });
  return names;
};

/** The schema with fields called as `names` has them by id: writers differ in names, never in ids. */
const renamed = (schemaJson: string, names: ReadonlyMap<number, string>): string => {
  const schema: unknown = JSON.parse(schemaJson);
  visitSchema(schema, (node) => {
    const name = typeof node['field-id'] === 'number' ? names.get(node['field-id']) : undefined;
    if (name !== undefined) node['name'] = name;
  });
  return JSON.stringify(schema);
};

/**
 * Decodes an Avro file of any writer, fields by the names given for their ids. Throws where it is none, or of a codec not known.
 */
export const decodeAvro = (file: Buffer, names: ReadonlyMap<number, string> = new Map()): AvroFile => {
  if (!file.subarray(0, 4).equals(MAGIC)) throw new Error('not an Avro file');
  const header = decodeAt(HEADER, file, 0);
  const entries = Object.entries((header.value as { meta: Record<string, Buffer> }).meta);
  const meta = Object.fromEntries(entries.map(([key, value]) => [key, value.toString('utf8')]));
  const schemaJson = renamed(meta['avro.schema'] ?? 'null', names);
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

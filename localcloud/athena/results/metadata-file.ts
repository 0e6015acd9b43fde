import type { ResultColumn } from '../types.ts';

/**
 * The binary file beside a result, `<id>.csv.metadata`. AWS does not document it; this is what a public reader expects:
 * protocol buffers, field 4 for each column, in it 1 catalog, 4 name, 5 label, 6 type, 7 precision, 8 scale, 9 nullable
 * (3 = unknown), 10 case-sensitive
 * (https://github.com/burtcorp/athena-jdbc/blob/master/src/main/java/io/burt/athena/result/AthenaMetaDataParser.java).
 */
export const encodeMetadata = (columns: readonly ResultColumn[]): Buffer =>
  Buffer.concat(columns.map((column) => bytesField(COLUMN, encodeColumn(column))));

const COLUMN = 4;
const UNKNOWN_NULLABILITY = 3;

const encodeColumn = (column: ResultColumn): Buffer =>
  Buffer.concat([
    bytesField(1, Buffer.from('hive')),
    bytesField(4, Buffer.from(column.name)),
    bytesField(5, Buffer.from(column.name)),
    bytesField(6, Buffer.from(column.type)),
    numberField(7, column.precision),
    numberField(8, column.scale),
    numberField(9, UNKNOWN_NULLABILITY),
    numberField(10, isCaseSensitive(column) ? 1 : 0),
  ]);

/** As ColumnInfo.CaseSensitive tells it. */
export const isCaseSensitive = (column: ResultColumn): boolean => ['varchar', 'string', 'char'].includes(column.type);

const VARINT = 0;
const LENGTH_DELIMITED = 2;

const bytesField = (number: number, bytes: Buffer): Buffer => Buffer.concat([varint((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes]);

const numberField = (number: number, value: number): Buffer => Buffer.concat([varint((number << 3) | VARINT), varint(value)]);

/** https://protobuf.dev/programming-guides/encoding/#varints, of a number that is not negative. */
const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
};

import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnSource } from 'hyparquet-writer';
import { bronzeTables } from './columns.ts';
import type { BronzeTable, Column } from './columns.ts';

type Cell = string | number | bigint | readonly string[] | null;
export type BronzeRow = Readonly<Record<string, unknown>>;

/** One Parquet object of a bronze table, written row by row, with every column of the table. Snappy, lists in three levels. */
export interface BronzeWriter {
  readonly rowCount: number;
  /** A row's members by column name; what the table has no column for is a defect and throws. */
  append(row: BronzeRow): void;
  /** The whole object. The writer is used up. */
  finish(): Uint8Array;
}

/** Rows held back before they are encoded: bounds the memory, and still gives dictionaries something to repeat. */
const ROW_GROUP_ROWS = 5_000;
/** Growing doubles and copies the buffer; a large file's parts would leave several times their size behind. */
const INITIAL_BYTES = 4 << 20;

/** Parquet's own form of a list: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
const elementsOf = ({ name, type }: Column): SchemaElement[] => {
  switch (type) {
    case 'string':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }];
    case 'int':
      return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }];
    case 'bigint':
      return [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }];
    case 'array<string>':
      return [
        { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      ];
  }
};

const schemaOf = (columns: readonly Column[]): SchemaElement[] => [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)];

const isNull = (value: unknown): value is null | undefined => value === null || value === undefined;

/** The value as its column's type wants it; another type is a defect of the code, not of the data. */
const cellOf = ({ name, type }: Column, value: unknown): Cell => {
  if (isNull(value)) return null;
  if (type === 'string' && typeof value === 'string') return value;
  if (type === 'int' && typeof value === 'number') return value;
  if (type === 'bigint' && typeof value === 'number') return BigInt(value);
  if (type === 'array<string>' && Array.isArray(value)) return value as readonly string[];
  throw new TypeError(`bronze column ${name} is ${type}, not ${typeof value}`);
};

export const createBronzeWriter = (table: BronzeTable): BronzeWriter => {
  const columns: readonly Column[] = bronzeTables[table].columns;
  const names = new Set(columns.map(({ name }) => name));
  const bytes = new ByteWriter(INITIAL_BYTES);
  const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(columns), createdBy: 'floe', statistics: false }); // bronze is cut by partition and path, not by ranges
  let cells: Cell[][] = columns.map(() => []);
  let pending = 0;
  let rowCount = 0;

  const flush = (): void => {
    if (pending === 0) return;
    const columnData: ColumnSource[] = columns.map(({ name }, index) => ({ name, data: cells[index] ?? [] }));
    void writer.write({ columnData, rowGroupSize: pending }); // a ByteWriter has no flush to wait for
    cells = columns.map(() => []);
    pending = 0;
  };

  return {
    get rowCount() {
      return rowCount;
    },
    append(row) {
      for (const name in row) if (!names.has(name)) throw new TypeError(`bronze.${table} has no column ${name}`);
      for (let index = 0; index < columns.length; index += 1) {
        const column = columns[index];
        if (column) cells[index]?.push(cellOf(column, row[column.name]));
      }
      rowCount += 1;
      pending += 1;
      if (pending === ROW_GROUP_ROWS) flush();
    },
    finish() {
      flush();
      void writer.finish();
      return bytes.getBytes();
    },
  };
};

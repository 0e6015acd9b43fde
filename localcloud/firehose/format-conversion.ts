import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet-writer';
import { isObject } from '../core/json-input.ts';
import type { CatalogTable } from '../core/ports.ts';
import { columnType } from './hive-types.ts';
import type { ColumnType } from './hive-types.ts';
import type { FailedRecord, TransformedRecord } from './records.ts';

/** OpenX JSON SerDe's parameters, as far as they are supported. */
export interface JsonReading {
  /** Keys are lower-cased before they are compared with column names. Default true. */
  caseInsensitive: boolean;
  /** Column name to JSON key. */
  columnToJsonKey: Readonly<Record<string, string>>;
}

interface Column {
  name: string;
  hiveType: string;
  type: ColumnType;
  values: unknown[];
}

/** Rows held as values before they are encoded: what a buffer of records takes in memory is its Parquet bytes and so many rows. */
const ROW_GROUP_ROWS = 20_000;

/** JSON records to one Parquet file by the schema of a Glue table. Partition columns are not in the file: they are in its path. */
export class FormatConversion {
  private readonly columns = new Map<string, Column>();
  private readonly reading: JsonReading;
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private pendingRows = 0;

  /** Throws where the table has a column of a type that is not supported. */
  constructor(table: CatalogTable, reading: JsonReading) {
    this.reading = reading;
    for (const { name, type: hiveType } of table.columns) {
      const type = columnType(hiveType);
      if (!type) throw new Error(`column ${name} of ${table.databaseName}.${table.name}: type ${hiveType} is not supported in format conversion`);
      this.columns.set(reading.columnToJsonKey[name] ?? name, { name, hiveType, type, values: [] });
    }
    const columns = [...this.columns.values()];
    const root: SchemaElement = { name: 'hive_schema', num_children: columns.length };
    this.writer = new ParquetWriter({ writer: this.bytes, schema: [root, ...columns.flatMap(({ name, type }) => type.elements(name))], codec: 'SNAPPY', createdBy: 'localcloud firehose' });
  }

  /** Adds a record as a row; where it does not fit, nothing is added and the failure is returned. Unknown attributes are dropped. */
  add(record: TransformedRecord): FailedRecord | undefined {
    const parsed = parse(record.data);
    if (!parsed) return failure(record, 'DataFormatConversion.ParseError', 'Encountered malformed JSON. Data does not match the schema.');
    const row = new Map<Column, unknown>();
    for (const [key, value] of Object.entries(parsed)) {
      const column = this.columns.get(this.reading.caseInsensitive ? key.toLowerCase() : key);
      if (!column || value === null) continue;
      const converted = column.type.convert(value);
      if (!converted.ok) return failure(record, 'DataFormatConversion.MalformedData', `Data does not match the schema: column ${column.name} (${column.hiveType}) cannot hold ${shorten(JSON.stringify(value))}`);
      row.set(column, converted.value);
    }
    for (const column of this.columns.values()) column.values.push(row.get(column) ?? null);
    this.pendingRows += 1;
    if (this.pendingRows === ROW_GROUP_ROWS) this.writeRowGroup();
    return undefined;
  }

  private writeRowGroup(): void {
    if (this.pendingRows === 0) return;
    const columnData = [...this.columns.values()].map(({ name, values }) => ({ name, data: values }));
    void this.writer.write({ columnData, rowGroupSize: this.pendingRows }); // a ByteWriter has no flush to wait for
    for (const column of this.columns.values()) column.values = [];
    this.pendingRows = 0;
  }

  /** The Parquet file, Snappy compressed. The conversion is used up. */
  toParquet(): Buffer {
    this.writeRowGroup();
    void this.writer.finish();
    return Buffer.from(this.bytes.getBuffer());
  }
}

const parse = (data: Buffer): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const failure = (record: TransformedRecord, errorCode: string, errorMessage: string): FailedRecord => ({ source: record.source, data: record.data, attempts: 1, errorCode, errorMessage });

const shorten = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

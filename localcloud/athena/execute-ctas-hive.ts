import path from 'node:path';
import type { GlueTableInput } from '../glue/index.ts';
import type { TableName } from './catalog.ts';
import { checkLocation } from './execute-tables.ts';
import { hasFiles, pathAlreadyExists } from './execute-unload.ts';
import type { ExternalColumn } from './external/external-table.ts';
import { partitionPath } from './external/partition-path.ts';
import type { Staged, WriteFormat } from './external/write-files.ts';
import { publishFolder, stageFiles } from './external/write-files.ts';
import { AthenaFailure, notSupportedLocally, trinoFailure } from './failure.ts';
import { hiveText } from './hive-types.ts';
import type { QueryColumn } from './hive-write.ts';
import { columnNames, distinctColumns, hiveColumnOf, queryColumns, splitKeys, withStage, writeFormatOf } from './hive-write.ts';
import { distinctPartitions, partitionInput } from './partitions.ts';
import { resultColumn } from './results/columns.ts';
import type { PropertyValue, Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { formatClasses } from './table-formats.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import type { StatementResult } from './types.ts';

type CreateTableAs = Extract<Statement, { kind: 'createTableAs' }>;

interface Options {
  /** `s3://bucket/folder/` */
  location: string;
  format: WriteFormat;
  keys: string[];
}

/** CREATE TABLE … AS for tables of Parquet, JSON lines or text (https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html). */
export const createHiveTableAs = async (run: StatementRun, name: TableName, statement: CreateTableAs): Promise<StatementResult> => {
  const options = optionsOf(run, name, statement.properties);
  const query = await translateQuery(run, statement.query);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    run.checkScanned(tables.bytes);
    const sql = tables.fill(query.sql);
    const split = splitKeys(namedColumns(await queryColumns(connection, sql, query.output)).map(hiveColumnOf), options.keys);
    const written = await withStage(run, async (stage) => {
      const staged: Staged = statement.withData ? await stageFiles(connection, { sql, ...split }, options.format, stage) : { rows: 0, files: [] };
      run.parts.store.access?.write(options.location);
      const names = publishFolder(path.resolve(run.parts.store.fileOf(options.location)), stage, staged, options.format, run.parts.clock(), (partition) => partitionPath(options.keys, partition));
      return { rows: staged.rows, files: names.map((file) => options.location + file), partitions: staged.files.map((file) => file.partition) };
    });
    const input = tableInput(name, options, split);
    run.parts.catalog.store.createTable(name.database, input, distinctPartitions(written.partitions).map((values) => partitionInput(input, values)));
    const columns = [resultColumn('rows', { base: 'bigint', numbers: [], parts: [] })];
    await run.sink.columns(columns);
    return statementResult('DDL', 'CREATE_TABLE_AS_SELECT', columns, { dataScannedBytes: tables.bytes, updateCount: written.rows, files: written.files });
  });
};

/** Every column of a table needs a name of its own. @throws AthenaFailure */
export const namedColumns = (columns: readonly QueryColumn[]): readonly QueryColumn[] => {
  const unnamed = columns.findIndex((column) => column.name.startsWith('_col'));
  if (unnamed >= 0) throw trinoFailure('MISSING_COLUMN_NAME', `line 1:1: Column name not specified at position ${unnamed + 1}`);
  return distinctColumns(columns);
};

const optionsOf = (run: StatementRun, name: TableName, properties: Readonly<Record<string, PropertyValue>>): Options => {
  const {
    is_external: isExternal = true,
    external_location: externalLocation,
    format,
    write_compression: writeCompression,
    parquet_compression: parquetCompression,
    compression_level: level,
    field_delimiter: fieldDelimiter,
    partitioned_by: partitionedBy,
    ...others
  } = properties;
  if (isExternal !== true) throw trinoFailure('INVALID_TABLE_PROPERTY', 'is_external = false is for Iceberg tables only');
  for (const property of Object.keys(others)) if (property !== 'table_type') throw unknownProperty(property);
  return {
    location: locationOf(run, name, externalLocation),
    format: writeFormatOf('CREATE TABLE AS', { format, compression: writeCompression ?? parquetCompression, level, fieldDelimiter }),
    keys: columnNames('partitioned_by', partitionedBy),
  };
};

const unknownProperty = (property: string): AthenaFailure => {
  if (property === 'bucketed_by' || property === 'bucket_count') return notSupportedLocally(`CREATE TABLE AS with ${property}`);
  // Trino's text; that Athena says the same is not confirmed.
  return trinoFailure('INVALID_TABLE_PROPERTY', `Catalog 'awsdatacatalog' table property '${property}' does not exist`);
};

/** The folder given, or one below the query's results: `<output>/tables/<query id>/`; it must hold nothing. */
const locationOf = (run: StatementRun, name: TableName, given: PropertyValue | undefined): string => {
  const { output } = run.context;
  if (given !== undefined && output?.enforced === true) throw externalLocationEnforced();
  if (given !== undefined && typeof given !== 'string') throw trinoFailure('INVALID_TABLE_PROPERTY', `Unable to set catalog 'awsdatacatalog' table property 'external_location' to [${String(given)}]: Cannot convert to varchar`);
  const chosen = given ?? (output && `${output.folder.replace(/\/*$/, '/')}tables/${output.queryId}/`);
  if (chosen === undefined) throw notSupportedLocally('CREATE TABLE AS without external_location and without an output location');
  const location = `${checkLocation(run, chosen)}/`;
  if (hasFiles(path.resolve(run.parts.store.fileOf(location)))) throw pathAlreadyExists(`${name.database}.${name.table}`, location);
  return location;
};

/** https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html; the sentence itself is from reports of users. */
const externalLocationEnforced = (): AthenaFailure =>
  new AthenaFailure(
    'INVALID_PROPERTY',
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena Workgroup that enforces a centralized output location for all queries. Please remove the 'external_location' property and resubmit the query.",
  );

const tableInput = (name: TableName, { location, format }: Options, split: { columns: readonly ExternalColumn[]; partitionKeys: readonly ExternalColumn[] }): GlueTableInput => {
  const rowFormat = format.kind === 'json' ? { serde: 'org.apache.hive.hcatalog.data.JsonSerDe', properties: {} } : undefined;
  const classes = formatClasses(format.kind === 'parquet' ? 'PARQUET' : 'TEXTFILE', rowFormat);
  const separators = format.kind === 'delimited' ? { 'field.delim': format.text.separators[0] ?? '\u0001' } : {};
  const column = ({ name: Name, type }: ExternalColumn): { Name: string; Type: string } => ({ Name, Type: hiveText(type) });
  return {
    Name: name.table,
    TableType: 'EXTERNAL_TABLE',
    Parameters: { EXTERNAL: 'TRUE', has_encrypted_data: 'false', ...(format.kind === 'parquet' ? { 'parquet.compression': format.codec.toUpperCase() } : {}) },
    PartitionKeys: split.partitionKeys.map(column),
    StorageDescriptor: {
      Columns: split.columns.map(column),
      Location: location,
      InputFormat: classes.input,
      OutputFormat: classes.output,
      SerdeInfo: { SerializationLibrary: classes.serde, Parameters: { 'serialization.format': '1', ...separators } },
    },
  };
};

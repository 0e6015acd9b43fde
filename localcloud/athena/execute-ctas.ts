import { existsSync, readdirSync, rmSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { TableName } from './catalog.ts';
import { CATALOG } from './catalog.ts';
import { checkLocation, icebergTableInput, partitionDefinition } from './execute-tables.ts';
import { createHiveTableAs, namedColumns } from './execute-ctas-hive.ts';
import { trinoFailure } from './failure.ts';
import { queryColumns } from './hive-write.ts';
import { icebergTypeOfTrino } from './iceberg-types.ts';
import { icebergProperties } from './iceberg-properties.ts';
import type { CommitResult, MetadataPointer, PartitionDefinition } from './iceberg/index.ts';
import { append, CommitConflict, createTable } from './iceberg/index.ts';
import { resultColumn } from './results/columns.ts';
import type { OutputColumn } from './sql/index.ts';
import { readTransform } from './statements/create.ts';
import { Cursor } from './statements/cursor.ts';
import type { PropertyValue, Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import type { StatementResult } from './types.ts';
import { filesOfSnapshot } from './written-files.ts';

type CreateTableAs = Extract<Statement, { kind: 'createTableAs' }>;

/** CREATE TABLE … AS SELECT: the catalog learns of the table when its rows are there. */
export const executeCreateTableAs = async (run: StatementRun, statement: CreateTableAs): Promise<StatementResult> => {
  const name = run.resolve(statement.name);
  if (!run.parts.catalog.store.database(name.database)) throw trinoFailure('SCHEMA_NOT_FOUND', `Schema '${name.database}' does not exist`);
  if (run.parts.catalog.find(name)) {
    if (statement.ifNotExists) return run.answerText('CREATE_TABLE_AS_SELECT');
    throw trinoFailure('TABLE_ALREADY_EXISTS', `Table '${CATALOG}.${name.database}.${name.table}' already exists`);
  }
  const type = statement.properties['table_type'];
  const isIceberg = typeof type === 'string' && type.toUpperCase() === 'ICEBERG';
  if (!isIceberg && type !== undefined && String(type).toUpperCase() !== 'HIVE') {
    throw trinoFailure('INVALID_TABLE_PROPERTY', `Unable to set catalog 'awsdatacatalog' table property 'table_type' to ['${String(type)}']: Invalid value [${String(type)}]. Valid values: [HIVE, ICEBERG]`);
  }
  return isIceberg ? createIceberg(run, name, statement) : createHiveTableAs(run, name, statement);
};

const createIceberg = async (run: StatementRun, name: TableName, statement: CreateTableAs): Promise<StatementResult> => {
  const options = readOptions(run, statement.properties);
  const query = await translateQuery(run, statement.query);
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    run.checkScanned(tables.bytes);
    const sql = tables.fill(query.sql);
    const commit = await createFilled(run, connection, name, options, { sql, output: query.output, withData: statement.withData });
    const columns = [resultColumn('rows', { base: 'bigint', numbers: [], parts: [] })];
    await run.sink.columns(columns);
    return statementResult('DDL', 'CREATE_TABLE_AS_SELECT', columns, {
      dataScannedBytes: tables.bytes,
      updateCount: commit?.rows.inserted ?? 0,
      snapshotId: commit?.snapshotId?.toString(),
      files: filesOfSnapshot(run.parts.catalog, name, commit?.snapshotId ?? null),
    });
  });
};

interface Options {
  location: string;
  partitioning: PartitionDefinition[];
  properties: Record<string, string>;
}

const readOptions = (run: StatementRun, properties: Readonly<Record<string, PropertyValue>>): Options => {
  const { is_external: isExternal, location, partitioning, external_location: externalLocation, ...others } = properties;
  if (externalLocation !== undefined) throw trinoFailure('INVALID_TABLE_PROPERTY', 'external_location is not for Iceberg tables: their property is location');
  if (isExternal !== false) throw trinoFailure('INVALID_TABLE_PROPERTY', 'Iceberg tables need the property is_external = false');
  if (typeof location !== 'string') throw trinoFailure('INVALID_TABLE_PROPERTY', 'Iceberg tables need the property location');
  if (partitioning !== undefined && !Array.isArray(partitioning)) throw trinoFailure('INVALID_TABLE_PROPERTY', 'partitioning must be an array of strings');
  return {
    location: checkLocation(run, location),
    partitioning: (partitioning ?? []).map(partitionOf),
    properties: icebergProperties(Object.fromEntries(Object.entries(others).map(([key, value]) => [key, String(value)]))),
  };
};

const partitionOf = (text: string): PartitionDefinition => {
  const cursor = new Cursor(text, 'dml');
  const name = cursor.identifier();
  const transform = cursor.is('(') ? readTransform(cursor, name) : ({ column: name, transform: 'identity', argument: undefined } as const);
  cursor.expectEnd();
  return partitionDefinition(transform);
};

interface Rows {
  sql: string;
  output: readonly OutputColumn[] | undefined;
  withData: boolean;
}

const createFilled = async (run: StatementRun, connection: DuckDBConnection, name: TableName, options: Options, rows: Rows): Promise<CommitResult | undefined> => {
  const { store: files, catalog, clock } = run.parts;
  const folder = files.fileOf(options.location);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw trinoFailure('ICEBERG_FILESYSTEM_ERROR', `Cannot create a table on a non-empty location: ${options.location}`);
  const { metadataLocation } = createTable(files, options.location, {
    columns: await columnsOf(connection, rows),
    partitioning: options.partitioning,
    properties: options.properties,
    clock,
  });
  try {
    const pointer = privatePointer(metadataLocation);
    const commit = rows.withData ? await append({ files, pointer, connection, clock }, { sql: rows.sql }) : undefined;
    catalog.store.createTable(name.database, icebergTableInput(run, name.table, pointer.current()));
    return commit;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};

const columnsOf = async (connection: DuckDBConnection, rows: Rows): Promise<{ name: string; type: ReturnType<typeof icebergTypeOfTrino> }[]> =>
  namedColumns(await queryColumns(connection, rows.sql, rows.output)).map(({ name, type }) => ({ name, type: icebergTypeOfTrino(type) }));

/** A table nobody else knows of yet. */
const privatePointer = (first: string): MetadataPointer => {
  let current = first;
  return {
    current: () => current,
    swap: (expected, next) => {
      if (expected !== current) throw new CommitConflict('the new table was changed by another writer');
      current = next;
    },
  };
};

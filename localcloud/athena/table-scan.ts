import type { DuckDBConnection } from '@duckdb/node-api';
import { scanExternal } from './external/scan.ts';
import { listFiles } from './external/list-files.ts';
import { notSupportedLocally, trinoFailure } from './failure.ts';
import type { IcebergTable, Snapshot } from './iceberg/index.ts';
import type { Query, TableReference, TranslatedStatement, TranslateOptions } from './sql/index.ts';
import type { StatementRun } from './statement-run.ts';
import type { CatalogEntry } from './catalog.ts';
import { CATALOG } from './catalog.ts';
import { DEFAULT_PARTITION } from './external/partition-path.ts';
import { identifier, literal } from './external/sql-text.ts';
import { duckText } from './hive-types.ts';

/** Views within views; deeper ones would end the stack. */
const DEEPEST_VIEW = 100;

export interface ScannedTables {
  /** Puts the tables' scans where the printed SQL names them. */
  fill(sql: string): string;
  /** Compressed bytes of the columns needed in the files opened. */
  bytes: bigint;
}

interface Scan {
  sql: string;
  bytes: bigint;
}

/** Translates a text of Trino's SQL, with what this run knows of tables. Loads the grammar with the first text. */
export const translateFor = async (run: StatementRun, sql: string, database = run.database): Promise<TranslatedStatement> => {
  const { translate } = await import('./sql/index.ts');
  const { parameters } = run.context;
  const options: TranslateOptions = {
    columnsOf: ({ schema, table }) => run.columnsOf(schema, table, database),
    ...(parameters === undefined ? {} : { parameters }),
  };
  return translate(sql, options);
};

/** As {@link translateFor}, for a text that must be a query. */
export const translateQuery = async (run: StatementRun, sql: string, database = run.database): Promise<Query> => {
  const translated = await translateFor(run, sql, database);
  if (translated.kind !== 'query') throw trinoFailure('SYNTAX_ERROR', `a query is expected here, not ${translated.kind.toUpperCase()}`);
  return translated;
};

/** Finds the files of every table a statement names. */
export const scanTables = async (run: StatementRun, connection: DuckDBConnection, tables: readonly TableReference[], database = run.database, views: readonly string[] = []): Promise<ScannedTables> => {
  const { fillPlaceholders } = await import('./sql/index.ts');
  const scans = new Map<string, Scan>();
  for (const reference of tables) scans.set(reference.placeholder, await scanTable(run, connection, reference, database, views));
  return {
    fill: (sql) => fillPlaceholders(sql, tables, (reference) => scans.get(reference.placeholder)?.sql ?? reference.placeholder),
    bytes: [...scans.values()].reduce((sum, scan) => sum + scan.bytes, 0n),
  };
};

const scanTable = async (run: StatementRun, connection: DuckDBConnection, reference: TableReference, database: string, views: readonly string[]): Promise<Scan> => {
  const parts = [reference.catalog, reference.schema, reference.table].filter((part) => part !== undefined);
  const entry = run.require(run.resolve(parts, database), reference);
  if (entry.kind === 'iceberg') return scanIceberg(run, connection, entry, reference);
  if (entry.kind === 'external' && reference.metadataTable === 'partitions') return scanPartitions(run, entry);
  if (reference.metadataTable || reference.timeTravel) {
    const what = reference.metadataTable ? `Metadata table $${reference.metadataTable}` : 'Time travel';
    throw trinoFailure('NOT_SUPPORTED', `line ${reference.line}:${reference.column}: ${what} is for Iceberg tables only: ${entry.name.database}.${entry.name.table}`);
  }
  return entry.kind === 'view' ? scanView(run, connection, entry, views) : scanFiles(run, entry, reference);
};

const scanIceberg = async (run: StatementRun, connection: DuckDBConnection, entry: CatalogEntry & { kind: 'iceberg' }, reference: TableReference): Promise<Scan> => {
  const table = run.parts.catalog.iceberg(entry.metadataLocation);
  if (reference.metadataTable) return { sql: table.metadataTableSql(reference.metadataTable), bytes: 0n };
  const plan = table.planFiles(reference.predicates, await snapshotOf(connection, table, reference));
  return { sql: table.scanSql(plan, { withPath: reference.usesPath, ...(reference.columns !== 'all' && reference.columns.size === 0 ? { columns: [] } : {}) }), bytes: table.bytesOf(plan, reference.columns) };
};

/** The snapshot a FOR … AS OF names; undefined = the current one. */
const snapshotOf = async (connection: DuckDBConnection, table: IcebergTable, { timeTravel }: TableReference): Promise<Snapshot | undefined> => {
  if (!timeTravel) return undefined;
  const number = timeTravel.kind === 'version' ? `CAST((${timeTravel.sql}) AS BIGINT)` : `epoch_ms(CAST((${timeTravel.sql}) AS TIMESTAMPTZ))`;
  const [row] = (await connection.runAndReadAll(`SELECT ${number}`)).getRows();
  const value = row?.[0];
  if (typeof value !== 'bigint') throw trinoFailure('INVALID_ARGUMENTS', 'Pointer value cannot be NULL');
  return timeTravel.kind === 'version' ? table.snapshot(value) : table.snapshotAsOf(Number(value));
};

const scanView = async (run: StatementRun, connection: DuckDBConnection, entry: CatalogEntry & { kind: 'view' }, views: readonly string[]): Promise<Scan> => {
  const { view, name } = entry;
  const full = `${name.database}.${name.table}`;
  if (views.includes(full)) throw trinoFailure('VIEW_IS_RECURSIVE', `View is recursive: ${full}`);
  if (views.length >= DEEPEST_VIEW) throw notSupportedLocally(`A view over more than ${DEEPEST_VIEW} views within each other`);
  const query = await translateQuery(run, view.originalSql, view.schema);
  const tables = await scanTables(run, connection, query.tables, view.schema, [...views, full]);
  const names = view.columns.map((column) => `"${column.name.replaceAll('"', '""')}"`).join(', ');
  return { sql: `(SELECT * FROM (${tables.fill(query.sql)}) AS "view"(${names}))`, bytes: tables.bytes };
};

/** `"table$partitions"`: the partition keys of what the catalog holds (https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html). */
const scanPartitions = (run: StatementRun, entry: CatalogEntry & { kind: 'external' }): Scan => {
  const { partitionKeys } = run.parts.catalog.external(entry);
  if (partitionKeys.length === 0) throw trinoFailure('TABLE_NOT_FOUND', `Table '${CATALOG}.${entry.name.database}.${entry.name.table}$partitions' does not exist`);
  const rows = run.parts.catalog.store.partitions(entry.name.database, entry.name.table);
  const columns = partitionKeys.map((key, index) => {
    const values = rows.map((row) => partitionValue(row.Values[index] ?? ''));
    return `unnest(CAST([${values.join(', ')}] AS ${duckText(key.type)}[])) AS ${identifier(key.name)}`;
  });
  return { sql: `(SELECT ${columns.join(', ')})`, bytes: 0n };
};

const partitionValue = (value: string): string => (value === DEFAULT_PARTITION ? 'NULL' : literal(value));

const scanFiles = (run: StatementRun, entry: CatalogEntry & { kind: 'external' }, reference: TableReference): Scan => {
  const { catalog, store, clock } = run.parts;
  const { database, table: name } = entry.name;
  const table = catalog.external(entry);
  store.access?.list(table.location);
  const files = listFiles(table, reference.predicates, { store, now: clock(), partitions: () => catalog.store.partitions(database, name) });
  for (const { uri } of files) store.access?.read(uri);
  return scanExternal(table, files, reference.columns, reference.usesPath);
};

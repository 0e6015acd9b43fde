import type { DuckDBConnection } from '@duckdb/node-api';
import type { CatalogEntry } from './catalog.ts';
import { outputTypes } from './execute-query.ts';
import { trinoFailure } from './failure.ts';
import type { CommitResult, IcebergSession, MergeClause } from './iceberg/index.ts';
import { append, deleteRows, merge, updateRows } from './iceberg/index.ts';
import { insertIntoHive } from './execute-insert-hive.ts';
import { checkTypes } from './insert-types.ts';
import { resultColumn } from './results/columns.ts';
import type { Delete, Insert, Merge, MergeClause as TranslatedClause, TranslatedStatement, Update } from './sql/index.ts';
import type { StatementRun } from './statement-run.ts';
import { statementResult } from './statement-run.ts';
import type { ScannedTables } from './table-scan.ts';
import { scanTables, translateFor } from './table-scan.ts';
import { parseTrinoType } from './trino-types.ts';
import type { StatementResult } from './types.ts';
import { filesOfSnapshot } from './written-files.ts';

type Writing = Exclude<TranslatedStatement, { kind: 'query' }>;

/** Runs INSERT, MERGE, UPDATE or DELETE; one commit, or none where nothing changes. */
export const executeDml = async (run: StatementRun, sql: string): Promise<StatementResult> => {
  const statement = await translateFor(run, sql);
  if (statement.kind === 'query') throw trinoFailure('SYNTAX_ERROR', 'INSERT, MERGE, UPDATE or DELETE is expected here');
  const entry = target(run, statement);
  if (entry.kind === 'external') {
    if (statement.kind !== 'insert') throw trinoFailure('NOT_SUPPORTED', 'Modifying Hive table rows is only supported for transactional tables');
    return insertIntoHive(run, statement, entry);
  }
  return run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, statement.tables);
    run.checkScanned(tables.bytes);
    const commit = await write(run, connection, statement, entry, tables);
    const changed = commit.rows.inserted + commit.rows.updated + commit.rows.deleted;
    const columns = [resultColumn('rows', { base: 'bigint', numbers: [], parts: [] })];
    await run.sink.columns(columns);
    return statementResult('DML', statement.kind.toUpperCase(), columns, {
      dataScannedBytes: tables.bytes + commit.bytesScanned,
      updateCount: changed,
      snapshotId: commit.snapshotId?.toString(),
      files: filesOfSnapshot(run.parts.catalog, entry.name, commit.snapshotId),
    });
  });
};

/** Trino's StatementAnalyzer. */
const VIEW_REFUSALS: Readonly<Record<Writing['kind'], string>> = {
  insert: 'Inserting into views is not supported',
  update: 'Updating through views is not supported',
  delete: 'Deleting from views is not supported',
  merge: 'Merging into views is not supported',
};

const target = (run: StatementRun, statement: Writing): CatalogEntry & { kind: 'iceberg' | 'external' } => {
  const entry = run.require(run.resolve(statement.target));
  if (entry.kind === 'view') throw trinoFailure('NOT_SUPPORTED', VIEW_REFUSALS[statement.kind]);
  return entry;
};

export const icebergSession = (run: StatementRun, connection: DuckDBConnection, entry: CatalogEntry): IcebergSession => ({
  files: run.parts.store,
  pointer: run.parts.catalog.pointer(entry.name),
  connection,
  clock: run.parts.clock,
  tableName: `${entry.name.database}.${entry.name.table}`,
  // The target as the statement's own scans of it saw it: a MERGE that reads its target must not mix two states.
  ...(entry.kind === 'iceberg' ? { baseLocation: entry.metadataLocation } : {}),
});

const write = async (run: StatementRun, connection: DuckDBConnection, statement: Writing, entry: CatalogEntry, tables: ScannedTables): Promise<CommitResult> => {
  const session = icebergSession(run, connection, entry);
  switch (statement.kind) {
    case 'insert':
      return insert(run, session, statement, entry, tables);
    case 'merge':
      return mergeInto(session, statement, tables);
    case 'update':
      return updateRows(session, { ...rowsOf(statement, tables), set: statement.set.map(([column, sql]) => [column, tables.fill(sql)] as const) });
    case 'delete':
      return deleteRows(session, rowsOf(statement, tables));
  }
};

const rowsOf = (statement: Update | Delete, tables: ScannedTables): { alias: string; where: string | null } & Pick<Update, 'targetPredicates' | 'targetColumns'> => ({
  alias: statement.alias,
  where: statement.where === undefined ? null : tables.fill(statement.where),
  targetPredicates: statement.targetPredicates,
  targetColumns: statement.targetColumns,
});

const mergeInto = (session: IcebergSession, statement: Merge, tables: ScannedTables): Promise<CommitResult> =>
  merge(session, {
    targetAlias: statement.targetAlias,
    source: { sql: `(SELECT * FROM ${tables.fill(statement.source.sql)})`, alias: statement.source.alias },
    on: tables.fill(statement.on),
    clauses: statement.clauses.map((clause) => mergeClause(clause, tables)),
    targetPredicates: statement.targetPredicates,
    targetColumns: statement.targetColumns,
  });

const mergeClause = (clause: TranslatedClause, tables: ScannedTables): MergeClause => {
  const common = { matched: clause.matched, condition: clause.condition === undefined ? null : tables.fill(clause.condition), action: clause.action };
  if (clause.action === 'delete') return common;
  if (clause.action === 'update') return { ...common, set: clause.set.map(([column, sql]) => [column, tables.fill(sql)] as const) };
  return { ...common, columns: clause.columns ?? null, values: clause.values.map((sql) => tables.fill(sql)) };
};

const insert = async (run: StatementRun, session: IcebergSession, statement: Insert, entry: CatalogEntry, tables: ScannedTables): Promise<CommitResult> => {
  const sql = tables.fill(statement.sql);
  const columns = run.parts.catalog.columnsOf(entry);
  const names = statement.columns ?? columns.map((column) => column.name);
  const targetTypes = names.map((name) => {
    const column = columns.find((candidate) => candidate.name === name);
    if (!column) throw trinoFailure('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${name}`);
    return parseTrinoType(column.type);
  });
  const prepared = await session.connection.prepare(sql);
  const duckTypes = Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnType(index));
  prepared.destroySync();
  checkTypes(targetTypes, outputTypes(statement.output, duckTypes));
  return append(session, statement.columns === undefined ? { sql } : { sql, columns: statement.columns });
};

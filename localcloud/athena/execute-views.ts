import type { TableName } from './catalog.ts';
import { CATALOG } from './catalog.ts';
import { outputTypes } from './execute-query.ts';
import { ddlFailure, trinoFailure } from './failure.ts';
import type { ColumnDescription } from './sql/index.ts';
import type { Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { scanTables, translateQuery } from './table-scan.ts';
import { trinoColumn, viewTable } from './views.ts';
import type { StatementResult } from './types.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** CREATE [OR REPLACE] VIEW: the query is checked against the tables as they are now. */
export const executeCreateView = async (run: StatementRun, statement: Of<'createView'>): Promise<StatementResult> => {
  const name = run.resolve(statement.name);
  const { store } = run.parts.catalog;
  if (!store.database(name.database)) throw trinoFailure('SCHEMA_NOT_FOUND', `Schema '${name.database}' does not exist`);
  const present = run.parts.catalog.find(name);
  if (present && present.kind !== 'view') throw trinoFailure('TABLE_ALREADY_EXISTS', `Table already exists: '${CATALOG}.${name.database}.${name.table}'`);
  if (present && !statement.orReplace) throw trinoFailure('TABLE_ALREADY_EXISTS', `View already exists: '${CATALOG}.${name.database}.${name.table}'`);
  const originalSql = statement.query.trim();
  const definition = { originalSql, catalog: CATALOG, schema: run.database, columns: await viewColumns(run, statement.query, name) };
  const input = viewTable(name.table, definition);
  if (present) store.updateTable(name.database, input, present.glue.VersionId);
  else store.createTable(name.database, input);
  return run.answerText('CREATE_VIEW');
};

const viewColumns = async (run: StatementRun, sql: string, name: TableName): Promise<ColumnDescription[]> => {
  const query = await translateQuery(run, sql);
  const columns = await run.parts.connections.use(run.context.signal, async (connection) => {
    const tables = await scanTables(run, connection, query.tables);
    const prepared = await connection.prepare(tables.fill(query.sql));
    const places = Array.from({ length: prepared.columnCount }, (_, index) => index);
    const types = outputTypes(query.output, places.map((index) => prepared.columnType(index)));
    const described = types.map((type, index) => trinoColumn(query.output?.[index]?.name ?? prepared.columnName(index), type));
    prepared.destroySync();
    return described;
  });
  const twice = columns.find((column, index) => columns.findIndex((other) => other.name === column.name) !== index);
  if (twice) throw trinoFailure('DUPLICATE_COLUMN_NAME', `Column name '${twice.name}' specified more than once in view ${name.table}`);
  return columns;
};

export const executeDropView = async (run: StatementRun, statement: Of<'dropView'>): Promise<StatementResult> => {
  const name = run.resolve(statement.name);
  const entry = statement.ifExists ? run.parts.catalog.find(name) : run.parts.catalog.requireForDdl(name);
  if (!entry) return run.answerText('DROP_VIEW');
  if (entry.kind !== 'view') throw ddlFailure(`SemanticException [Error 10218]: ${name.database}.${name.table} is not a view`);
  run.parts.catalog.store.deleteTable(name.database, name.table);
  return run.answerText('DROP_VIEW');
};

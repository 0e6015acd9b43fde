import type { CatalogEntry, TableName } from './catalog.ts';
import { ddlFailure } from './failure.ts';
import type { Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import { allColumns, cells, describeTable } from './describe-table.ts';
import { showCreateTable, showCreateView } from './show-create.ts';
import type { StatementResult } from './types.ts';

type Shown = Extract<
  Statement,
  { kind: 'showDatabases' | 'showTables' | 'showViews' | 'showColumns' | 'showCreateTable' | 'showCreateView' | 'showPartitions' | 'showProperties' | 'describe' }
>;

/** SHOW … and DESCRIBE. Where Athena prints a line of padded, tab-separated cells, so does this. */
export const executeShow = async (run: StatementRun, statement: Shown): Promise<StatementResult> => {
  const { catalog } = run.parts;
  const lines = (rows: readonly string[]): string[][] => rows.map((row) => [row]);
  switch (statement.kind) {
    case 'showDatabases':
      return run.answerText('SHOW_DATABASES', ['database_name'], lines(matching(catalog.store.databases().map((database) => database.Name), statement.like)));
    case 'showTables':
    case 'showViews': {
      const views = statement.kind === 'showViews';
      const names = tablesIn(run, statement.database).flatMap((entry) => (views && entry.kind !== 'view' ? [] : [entry.name.table]));
      return run.answerText(views ? 'SHOW_VIEWS' : 'SHOW_TABLES', [views ? 'views' : 'tab_name'], lines(matching(names, statement.like)));
    }
    case 'showColumns': {
      const columns = allColumns(catalog.requireForDdl(run.resolve(statement.name)));
      return run.answerText('SHOW_COLUMNS', ['field'], lines(columns.map((column) => cells(column.Name))));
    }
    case 'showCreateTable':
      return run.answerText('SHOW_CREATE_TABLE', ['createtab_stmt'], lines(showCreateTable(run, requireTable(run, run.resolve(statement.name)))));
    case 'showCreateView':
      return run.answerText('SHOW_CREATE_VIEW', ['create view'], lines(showCreateView(requireView(run, run.resolve(statement.name)))));
    case 'showPartitions':
      return run.answerText('SHOW_PARTITIONS', ['partition'], lines(partitionNames(run, requireTable(run, run.resolve(statement.name)))));
    case 'showProperties':
      return run.answerText('SHOW_TABLE_PROPERTIES', ['prpt_name', 'prpt_value'], lines(properties(run, statement)));
    case 'describe':
      return run.answerText('DESCRIBE_TABLE', ['col_name', 'data_type', 'comment'], lines(describeTable(run, catalog.requireForDdl(run.resolve(statement.name)), statement)));
  }
};

/** Hive's pattern: `*` for any text, `|` for or; case does not matter. */
const matching = (names: readonly string[], like: string | undefined): string[] => {
  if (like === undefined) return [...names];
  const pattern = new RegExp(`^(?:${like.replaceAll(/[.+?^${}()[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('%', '.*')})$`, 'i');
  return names.filter((name) => pattern.test(name));
};

const tablesIn = (run: StatementRun, database = run.database): CatalogEntry[] => {
  const { catalog } = run.parts;
  if (!catalog.store.database(database)) throw ddlFailure(`SemanticException [Error 10072]: Database does not exist: ${database}`);
  return catalog.store.tables(database).flatMap((table) => catalog.find({ database, table: table.Name }) ?? []);
};

const requireTable = (run: StatementRun, name: TableName): CatalogEntry => {
  const entry = run.parts.catalog.requireForDdl(name);
  if (entry.kind === 'view') throw ddlFailure(`SemanticException ${name.database}.${name.table} is a view, not a table`);
  return entry;
};

const requireView = (run: StatementRun, name: TableName): CatalogEntry & { kind: 'view' } => {
  const entry = run.parts.catalog.requireForDdl(name);
  if (entry.kind !== 'view') throw ddlFailure(`SemanticException ${name.database}.${name.table} is not a view`);
  return entry;
};

const partitionNames = (run: StatementRun, entry: CatalogEntry): string[] => {
  const keys = entry.glue.PartitionKeys ?? [];
  if (entry.kind !== 'external' || keys.length === 0) throw ddlFailure(`SemanticException [Error 10241]: Table ${entry.name.database}.${entry.name.table} is not a partitioned table`);
  return run.parts.catalog.store
    .partitions(entry.name.database, entry.name.table)
    .map((partition) => keys.map((key, index) => `${key.Name}=${partition.Values[index] ?? ''}`).join('/'));
};

const properties = (run: StatementRun, statement: Extract<Statement, { kind: 'showProperties' }>): string[] => {
  const entry = requireTable(run, run.resolve(statement.name));
  const own = entry.kind === 'iceberg' ? run.parts.catalog.iceberg(entry.metadataLocation).properties : {};
  const all = { ...entry.glue.Parameters, ...own };
  if (statement.key === undefined) return Object.entries(all).map(([key, value]) => `${key}\t${value}`);
  const value = all[statement.key];
  return [value ?? `Table ${entry.name.database}.${entry.name.table} does not have property: ${statement.key}`];
};

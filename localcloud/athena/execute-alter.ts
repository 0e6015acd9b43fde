import { AwsError } from '../core/errors.ts';
import type { GlueColumn, GlueTable, GlueTableInput } from '../glue/index.ts';
import type { CatalogEntry, TableName } from './catalog.ts';
import { tableInput } from './catalog.ts';
import { checkColumns, hiveColumn, icebergColumn } from './execute-tables.ts';
import { AthenaFailure, ddlFailure, trinoFailure } from './failure.ts';
import { icebergProperties, unsettableKeys } from './iceberg-properties.ts';
import type { SchemaChange } from './iceberg/index.ts';
import { alterTable } from './iceberg/index.ts';
import { keysOf, partitionInput } from './partitions.ts';
import type { AlterAction, NameParts, Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import type { StatementResult } from './types.ts';

type IcebergAction = Extract<AlterAction, { kind: 'addColumns' | 'dropColumn' | 'changeColumn' | 'setProperties' | 'unsetProperties' }>;

/** ALTER TABLE: an Iceberg table gets new metadata, an external one a new version in the catalog. */
export const executeAlterTable = async (run: StatementRun, parts: NameParts, action: AlterAction): Promise<StatementResult> => {
  const name = run.resolve(parts);
  const entry = run.parts.catalog.requireForDdl(name);
  if (entry.kind === 'view') throw ddlFailure(`SemanticException ALTER TABLE cannot change the view ${name.database}.${name.table}`);
  if (entry.kind === 'iceberg') alterIceberg(run, entry, action);
  else alterExternal(run, entry, action);
  return run.answerText('ALTER_TABLE');
};

const alterIceberg = (run: StatementRun, entry: CatalogEntry, action: AlterAction): void => {
  const { store: files, catalog, clock } = run.parts;
  const { name } = entry;
  switch (action.kind) {
    case 'renameTable':
      renameTable(run, entry, run.resolve(action.to, name.database));
      break;
    case 'addColumns':
    case 'dropColumn':
    case 'changeColumn':
    case 'setProperties':
    case 'unsetProperties':
      alterTable({ files, pointer: catalog.pointer(name), clock, tableName: `${name.database}.${name.table}` }, schemaChange(action));
      break;
    default:
      throw ddlFailure(`SemanticException ALTER TABLE ${ACTION_NAMES[action.kind]} is not supported for Iceberg tables`);
  }
};

const schemaChange = (action: IcebergAction): SchemaChange => {
  switch (action.kind) {
    case 'addColumns':
      checkColumns(action.columns);
      return { kind: 'add-columns', columns: action.columns.map(icebergColumn) };
    case 'dropColumn':
      return { kind: 'drop-column', column: action.column };
    case 'changeColumn': {
      const { name, type, doc } = icebergColumn(action.to);
      return { kind: 'change-column', column: action.column, name, type, ...(doc === undefined ? {} : { doc }), ...(action.position === undefined ? {} : { position: action.position }) };
    }
    case 'setProperties':
      // Not confirmed: that a table keeps its type is.
      if (action.properties['table_type'] !== undefined) throw new AthenaFailure('INVALID_TABLE_PROPERTY', 'Unsupported table property key: table_type');
      return { kind: 'set-properties', properties: icebergProperties(action.properties) };
    case 'unsetProperties':
      return { kind: 'unset-properties', keys: unsettableKeys(action.keys) };
  }
};

const ACTION_NAMES: Readonly<Record<AlterAction['kind'], string>> = {
  addColumns: 'ADD COLUMNS',
  replaceColumns: 'REPLACE COLUMNS',
  dropColumn: 'DROP COLUMN',
  changeColumn: 'CHANGE COLUMN',
  setProperties: 'SET TBLPROPERTIES',
  unsetProperties: 'UNSET TBLPROPERTIES',
  addPartitions: 'ADD PARTITION',
  dropPartitions: 'DROP PARTITION',
  renamePartition: 'RENAME PARTITION',
  renameTable: 'RENAME TO',
  setLocation: 'SET LOCATION',
};

/** https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-rename.html: the files stay where they are. */
const renameTable = (run: StatementRun, { glue, name }: CatalogEntry, to: TableName): void => {
  const { store } = run.parts.catalog;
  if (!store.database(to.database)) throw ddlFailure(`SemanticException [Error 10072]: Database does not exist: ${to.database}`);
  if (run.parts.catalog.find(to)) throw trinoFailure('TABLE_ALREADY_EXISTS', `Table '${to.database}.${to.table}' already exists`);
  store.createTable(to.database, { ...tableInput(glue), Name: to.table });
  store.deleteTable(name.database, name.table);
};

const alterExternal = (run: StatementRun, entry: CatalogEntry, action: AlterAction): void => {
  const { glue, name } = entry;
  const update = (change: Partial<GlueTableInput>): void => {
    run.parts.catalog.store.updateTable(name.database, { ...tableInput(glue), ...change }, glue.VersionId);
  };
  switch (action.kind) {
    case 'addColumns':
    case 'replaceColumns':
    case 'changeColumn':
      update({ StorageDescriptor: { ...glue.StorageDescriptor, Columns: changedColumns(glue, action) } });
      break;
    case 'setProperties':
      update({ Parameters: { ...glue.Parameters, ...action.properties } });
      break;
    case 'unsetProperties':
      update({ Parameters: Object.fromEntries(Object.entries(glue.Parameters ?? {}).filter(([key]) => !action.keys.includes(key))) });
      break;
    case 'setLocation':
      if (!/^s3:\/\/[^/]+\/./.test(action.location)) throw ddlFailure(`SemanticException Invalid location, not a folder of S3: ${action.location}`);
      update({ StorageDescriptor: { ...glue.StorageDescriptor, Location: action.location } });
      break;
    case 'addPartitions':
      addPartitions(run, glue, action);
      break;
    case 'dropPartitions':
      dropPartitions(run, glue, action);
      break;
    case 'renamePartition':
      renamePartition(run, glue, action);
      break;
    case 'dropColumn':
    case 'renameTable':
      // https://docs.aws.amazon.com/athena/latest/ug/unsupported-ddl.html; the text is not confirmed.
      throw ddlFailure(`SemanticException ALTER TABLE ${ACTION_NAMES[action.kind]} is supported for Iceberg tables only`);
  }
};

type ColumnsAction = Extract<AlterAction, { kind: 'addColumns' | 'replaceColumns' | 'changeColumn' }>;

const changedColumns = (glue: GlueTable, action: ColumnsAction): GlueColumn[] => {
  const columns = glue.StorageDescriptor?.Columns ?? [];
  const changed = action.kind === 'changeColumn' ? withColumnChanged(columns, action) : [...(action.kind === 'addColumns' ? columns : []), ...action.columns.map(hiveColumn)];
  const names = [...changed.map((column) => column.Name.toLowerCase()), ...keysOf(glue)];
  const twice = names.find((column, index) => names.indexOf(column) !== index);
  if (twice !== undefined) throw ddlFailure(`Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Duplicate column name: ${twice}`);
  return changed;
};

const withColumnChanged = (columns: readonly GlueColumn[], action: Extract<AlterAction, { kind: 'changeColumn' }>): GlueColumn[] => {
  const at = columns.findIndex((column) => column.Name.toLowerCase() === action.column);
  if (at < 0) throw invalidReference(action.column);
  const column = hiveColumn(action.to);
  const others = columns.toSpliced(at, 1);
  if (action.position === undefined) return columns.with(at, column);
  if (action.position === 'first') return [column, ...others];
  const { after } = action.position;
  const before = others.findIndex((candidate) => candidate.Name.toLowerCase() === after);
  if (before < 0) throw invalidReference(after);
  return others.toSpliced(before + 1, 0, column);
};

const invalidReference = (column: string): AthenaFailure => ddlFailure(`Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Invalid column reference ${column}`);

/** All partitions are looked at before the first is added. */
const addPartitions = (run: StatementRun, glue: GlueTable, action: AlterAction & { kind: 'addPartitions' }): void => {
  const { store } = run.parts.catalog;
  const wanted = action.partitions.map(({ values, location }) => partitionInput(glue, partitionValues(glue, values), location));
  const exists = (values: readonly string[]): boolean => store.partition(glue.DatabaseName, glue.Name, values) !== undefined;
  const twice = wanted.some((partition, index) => wanted.findIndex((other) => other.Values.join('\0') === partition.Values.join('\0')) !== index);
  if (!action.ifNotExists && (twice || wanted.some((partition) => exists(partition.Values)))) throw partitionExists();
  for (const partition of wanted) if (!exists(partition.Values)) store.createPartition(glue.DatabaseName, glue.Name, partition);
};

const partitionExists = (): AthenaFailure => ddlFailure('Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. AlreadyExistsException(message:Partition already exists.)');

const dropPartitions = (run: StatementRun, glue: GlueTable, action: AlterAction & { kind: 'dropPartitions' }): void => {
  const { store } = run.parts.catalog;
  const present = action.partitions.map((values) => partitionValues(glue, values)).filter((values) => {
    if (store.partition(glue.DatabaseName, glue.Name, values)) return true;
    if (action.ifExists) return false;
    throw ddlFailure(`SemanticException [Error 10006]: Partition not found (${keysOf(glue).map((key, index) => `${key} = '${values[index] ?? ''}'`).join(' AND ')})`);
  });
  for (const values of present) {
    try {
      store.deletePartition(glue.DatabaseName, glue.Name, values);
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'EntityNotFoundException') throw error; // named twice, or gone meanwhile
    }
  }
};

/** The partition keeps its place: an external table's files are not moved. The new one is there before the old one goes. */
const renamePartition = (run: StatementRun, glue: GlueTable, action: AlterAction & { kind: 'renamePartition' }): void => {
  const { store } = run.parts.catalog;
  const from = partitionValues(glue, action.from);
  const to = partitionValues(glue, action.to);
  const partition = store.partition(glue.DatabaseName, glue.Name, from);
  if (!partition) throw ddlFailure(`SemanticException [Error 10006]: Partition not found ${JSON.stringify(action.from)}`);
  if (store.partition(glue.DatabaseName, glue.Name, to)) throw partitionExists();
  store.createPartition(glue.DatabaseName, glue.Name, { ...partition, Values: to });
  store.deletePartition(glue.DatabaseName, glue.Name, from);
};

const partitionValues = (glue: GlueTable, values: Readonly<Record<string, string>>): string[] => {
  const keys = keysOf(glue);
  if (keys.length === 0) throw ddlFailure(`SemanticException [Error 10241]: Table ${glue.DatabaseName}.${glue.Name} is not a partitioned table`);
  const unknown = Object.keys(values).find((key) => !keys.includes(key));
  if (unknown !== undefined || keys.some((key) => values[key] === undefined)) {
    throw ddlFailure(`SemanticException [Error 10006]: Partition spec ${JSON.stringify(values)} does not name the partition columns ${keys.join(', ')}`);
  }
  return keys.map((key) => values[key] ?? '');
};

/** ALTER DATABASE … SET DBPROPERTIES: https://docs.aws.amazon.com/athena/latest/ug/alter-database-set-dbproperties.html */
export const executeAlterDatabase = async (run: StatementRun, statement: Extract<Statement, { kind: 'alterDatabase' }>): Promise<StatementResult> => {
  const { store } = run.parts.catalog;
  const database = store.database(statement.name);
  if (!database) throw ddlFailure(`SemanticException [Error 10072]: Database does not exist: ${statement.name}`);
  const { Name, Description, LocationUri, Parameters } = database;
  store.updateDatabase(statement.name, {
    Name,
    ...(Description === undefined ? {} : { Description }),
    ...(LocationUri === undefined ? {} : { LocationUri }),
    Parameters: { ...Parameters, ...statement.properties },
  });
  return run.answerText('ALTER_DATABASE');
};

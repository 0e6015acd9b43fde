import type { GluePartition, GlueTable, GlueTableInput } from '../glue/index.ts';
import type { CatalogEntry, TableName } from './catalog.ts';
import { tableInput } from './catalog.ts';
import { hiveColumn, icebergColumn } from './execute-tables.ts';
import { ddlFailure, notSupportedLocally } from './failure.ts';
import { icebergProperties } from './iceberg-properties.ts';
import type { SchemaChange } from './iceberg/index.ts';
import { alterTable } from './iceberg/index.ts';
import type { AlterAction, NameParts } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';
import type { StatementResult } from './types.ts';

/** ALTER TABLE: an Iceberg table gets new metadata, an external one a new version in the catalog. */
export const executeAlterTable = async (run: StatementRun, parts: NameParts, action: AlterAction): Promise<StatementResult> => {
  const name = run.resolve(parts);
  const entry = run.parts.catalog.requireForDdl(name);
  if (entry.kind === 'view') throw ddlFailure(`SemanticException ALTER TABLE cannot change the view ${name.database}.${name.table}`);
  if (entry.kind === 'iceberg') alterIceberg(run, name, action);
  else alterExternal(run, entry, action);
  return run.answerText('ALTER_TABLE');
};

const alterIceberg = (run: StatementRun, name: TableName, action: AlterAction): void => {
  const { store: files, catalog, clock } = run.parts;
  alterTable({ files, pointer: catalog.pointer(name), clock, tableName: `${name.database}.${name.table}` }, schemaChange(action));
};

const schemaChange = (action: AlterAction): SchemaChange => {
  switch (action.kind) {
    case 'addColumns':
      return { kind: 'add-columns', columns: action.columns.map(icebergColumn) };
    case 'dropColumn':
      return { kind: 'drop-column', column: action.column };
    case 'changeColumn': {
      if (action.position) throw notSupportedLocally('CHANGE COLUMN … FIRST or AFTER');
      const { name, type, doc } = icebergColumn(action.to);
      return { kind: 'change-column', column: action.column, name, type, ...(doc === undefined ? {} : { doc }) };
    }
    case 'setProperties':
      return { kind: 'set-properties', properties: icebergProperties(action.properties) };
    case 'unsetProperties':
      return { kind: 'unset-properties', keys: Object.keys(icebergProperties(Object.fromEntries(action.keys.map((key) => [key, UNSET_VALUES[key] ?? '0'])))) };
    default:
      throw ddlFailure(`SemanticException ALTER TABLE ${ACTION_NAMES[action.kind]} is not supported for Iceberg tables`);
  }
};

/** Values that pass the check of a key, whose value does not matter. */
const UNSET_VALUES: Readonly<Record<string, string>> = { format: 'parquet', write_compression: 'zstd', write_data_path_enabled: 'true' };

const ACTION_NAMES: Readonly<Record<AlterAction['kind'], string>> = {
  addColumns: 'ADD COLUMNS',
  replaceColumns: 'REPLACE COLUMNS',
  dropColumn: 'DROP COLUMN',
  changeColumn: 'CHANGE COLUMN',
  setProperties: 'SET TBLPROPERTIES',
  unsetProperties: 'UNSET TBLPROPERTIES',
  addPartitions: 'ADD PARTITION',
  dropPartitions: 'DROP PARTITION',
  setLocation: 'SET LOCATION',
};

const alterExternal = (run: StatementRun, entry: CatalogEntry, action: AlterAction): void => {
  const { store } = run.parts.catalog;
  const { glue, name } = entry;
  const update = (change: Partial<GlueTableInput>): void => {
    store.updateTable(name.database, { ...tableInput(glue), ...change }, glue.VersionId);
  };
  const columns = glue.StorageDescriptor?.Columns ?? [];
  switch (action.kind) {
    case 'addColumns':
      update({ StorageDescriptor: { ...glue.StorageDescriptor, Columns: [...columns, ...action.columns.map(hiveColumn)] } });
      break;
    case 'replaceColumns':
      update({ StorageDescriptor: { ...glue.StorageDescriptor, Columns: action.columns.map(hiveColumn) } });
      break;
    case 'changeColumn':
      update({ StorageDescriptor: { ...glue.StorageDescriptor, Columns: columns.map((column) => (column.Name === action.column ? hiveColumn(action.to) : column)) } });
      break;
    case 'setProperties':
      update({ Parameters: { ...glue.Parameters, ...action.properties } });
      break;
    case 'unsetProperties':
      update({ Parameters: Object.fromEntries(Object.entries(glue.Parameters ?? {}).filter(([key]) => !action.keys.includes(key))) });
      break;
    case 'setLocation':
      update({ StorageDescriptor: { ...glue.StorageDescriptor, Location: action.location } });
      break;
    case 'addPartitions':
      addPartitions(run, entry, action);
      break;
    case 'dropPartitions':
      dropPartitions(run, entry, action);
      break;
    case 'dropColumn':
      throw ddlFailure('ParseException DROP COLUMN is for Iceberg tables only');
  }
};

const addPartitions = (run: StatementRun, { glue, name }: CatalogEntry, action: AlterAction & { kind: 'addPartitions' }): void => {
  const { store } = run.parts.catalog;
  for (const { values, location } of action.partitions) {
    const ordered = partitionValues(glue, values);
    if (action.ifNotExists && store.partition(name.database, name.table, ordered)) continue;
    const keys = (glue.PartitionKeys ?? []).map((key, index) => `${key.Name}=${encodeURIComponent(ordered[index] ?? '')}/`).join('');
    const base = (glue.StorageDescriptor?.Location ?? '').replace(/\/*$/, '/');
    const partition: Pick<GluePartition, 'Values' | 'StorageDescriptor'> = { Values: ordered, StorageDescriptor: { ...glue.StorageDescriptor, Location: location ?? base + keys } };
    store.createPartition(name.database, name.table, partition);
  }
};

const dropPartitions = (run: StatementRun, { glue, name }: CatalogEntry, action: AlterAction & { kind: 'dropPartitions' }): void => {
  const { store } = run.parts.catalog;
  for (const values of action.partitions) {
    const ordered = partitionValues(glue, values);
    if (action.ifExists && !store.partition(name.database, name.table, ordered)) continue;
    store.deletePartition(name.database, name.table, ordered);
  }
};

const partitionValues = (glue: GlueTable, values: Readonly<Record<string, string>>): string[] => {
  const keys = (glue.PartitionKeys ?? []).map((key) => key.Name.toLowerCase());
  const unknown = Object.keys(values).find((key) => !keys.includes(key));
  if (unknown !== undefined || keys.some((key) => values[key] === undefined)) {
    throw ddlFailure(`SemanticException [Error 10006]: Partition spec ${JSON.stringify(values)} does not name the partition columns ${keys.join(', ')}`);
  }
  return keys.map((key) => values[key] ?? '');
};

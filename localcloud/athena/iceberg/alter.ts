import { commitError, commitMetadata } from './commit.ts';
import type { CommitSession } from './commit.ts';
import { CommitConflict, IcebergError } from './errors.ts';
import { NO_SNAPSHOT, nextMetadata } from './metadata.ts';
import type { Schema, TableMetadata } from './metadata.ts';
import { IcebergTable } from './table.ts';
import { hiveTypeOf } from './type-text.ts';
import { assignIds, decimalOf, isPrimitive } from './types.ts';
import type { ColumnDefinition, Field, IcebergType, TypeDefinition } from './types.ts';

export type SchemaChange =
  | { kind: 'add-columns'; columns: readonly ColumnDefinition[] }
  | { kind: 'drop-column'; column: string }
  /** New name and type; the same name or type where it does not change. `position`: where the column moves to. */
  | { kind: 'change-column'; column: string; name: string; type: TypeDefinition; doc?: string; position?: 'first' | { after: string } }
  | { kind: 'set-properties'; properties: Record<string, string> }
  | { kind: 'unset-properties'; keys: readonly string[] };

const commitChange = (session: CommitSession, table: IcebergTable, change: Partial<TableMetadata>): void => {
  try {
    commitMetadata(session, table, nextMetadata(table.metadata, table.metadataLocation, session.clock().getTime(), change));
  } catch (error) {
    throw error instanceof CommitConflict ? commitError(session, table, error) : error;
  }
};

const fieldOf = (schema: Schema, column: string): Field => {
  const field = schema.fields.find((candidate) => candidate.name === column);
  if (!field) throw new IcebergError('COLUMN_NOT_FOUND', `Column '${column}' does not exist`);
  return field;
};

const checkFree = (schema: Schema, name: string): void => {
  if (schema.fields.some((field) => field.name === name)) throw new IcebergError('COLUMN_ALREADY_EXISTS', `Column '${name}' already exists`);
};

/** A new schema becomes the current one; older ones stay, for snapshots written under them. */
const withSchema = (table: IcebergTable, fields: Field[], lastColumnId: number): Partial<TableMetadata> => {
  const id = Math.max(...table.metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  return { schemas: [...table.metadata.schemas, { type: 'struct', 'schema-id': id, fields }], 'current-schema-id': id, 'last-column-id': lastColumnId };
};

const addColumns = (table: IcebergTable, columns: readonly ColumnDefinition[]): Partial<TableMetadata> => {
  const { schema } = table;
  for (const column of columns) checkFree(schema, column.name);
  let lastId = table.metadata['last-column-id'];
  // Rows that are there already have no value for it: a new column is never required.
  const added = assignIds(columns, () => (lastId += 1)).map((field) => ({ ...field, required: false }));
  return withSchema(table, [...schema.fields, ...added], lastId);
};

const dropColumn = (table: IcebergTable, column: string): Partial<TableMetadata> => {
  const { schema } = table;
  const dropped = fieldOf(schema, column);
  if (table.partitionFields.some((field) => field.column === column)) throw new IcebergError('NOT_SUPPORTED', `Cannot drop partition field: ${column}`);
  if (schema.fields.length === 1) throw new IcebergError('NOT_SUPPORTED', 'Cannot drop the only column in a table');
  return withSchema(table, schema.fields.filter((field) => field !== dropped), table.metadata['last-column-id']);
};

/** The widenings Iceberg allows (https://iceberg.apache.org/spec/#schema-evolution). */
const canWiden = (from: IcebergType, to: IcebergType): boolean => {
  if (!isPrimitive(from) || !isPrimitive(to)) return false;
  const [narrow, wide] = [decimalOf(from), decimalOf(to)];
  if (narrow && wide) return narrow.scale === wide.scale && wide.precision >= narrow.precision;
  return (from === 'int' && to === 'long') || (from === 'float' && to === 'double');
};

const changeColumn = (table: IcebergTable, change: Extract<SchemaChange, { kind: 'change-column' }>): Partial<TableMetadata> => {
  const { schema } = table;
  const field = fieldOf(schema, change.column);
  if (change.name !== change.column) checkFree(schema, change.name);
  const [wanted] = assignIds([{ name: change.name, type: change.type }], () => 0);
  const isSameType = wanted !== undefined && hiveTypeOf(wanted.type) === hiveTypeOf(field.type);
  if (wanted === undefined || (!isSameType && !canWiden(field.type, wanted.type))) {
    throw new IcebergError('NOT_SUPPORTED', `Cannot change column type: ${change.column}: ${hiveTypeOf(field.type)} -> ${wanted ? hiveTypeOf(wanted.type) : ''}`);
  }
  const changed: Field = { ...field, name: change.name, type: isSameType ? field.type : wanted.type, ...(change.doc === undefined ? {} : { doc: change.doc }) };
  return withSchema(table, placed(schema, field, changed, change.position), table.metadata['last-column-id']);
};

/** The fields with one of them changed, and moved where a place is given: the order of columns is the schema's alone. */
const placed = (schema: Schema, field: Field, changed: Field, position: 'first' | { after: string } | undefined): Field[] => {
  if (position === undefined) return schema.fields.map((candidate) => (candidate === field ? changed : candidate));
  const others = schema.fields.filter((candidate) => candidate !== field);
  if (position === 'first') return [changed, ...others];
  const before = fieldOf(schema, position.after);
  if (before === field) throw new IcebergError('NOT_SUPPORTED', `Cannot move ${field.name} after itself`);
  return others.flatMap((candidate) => (candidate === before ? [candidate, changed] : [candidate]));
};

const changeOf = (table: IcebergTable, change: SchemaChange): Partial<TableMetadata> => {
  switch (change.kind) {
    case 'add-columns':
      return addColumns(table, change.columns);
    case 'drop-column':
      return dropColumn(table, change.column);
    case 'change-column':
      return changeColumn(table, change);
    case 'set-properties':
      return { properties: { ...table.metadata.properties, ...change.properties } };
    case 'unset-properties':
      return { properties: Object.fromEntries(Object.entries(table.metadata.properties).filter(([key]) => !change.keys.includes(key))) };
  }
};

/** ALTER TABLE: new metadata, no new snapshot; data files stay as they are. Throws IcebergError. */
export const alterTable = (session: CommitSession, change: SchemaChange): void => {
  const table = IcebergTable.loadCurrent(session.files, session.pointer);
  commitChange(session, table, changeOf(table, change));
};

/**
 * Makes an old snapshot the current one again, or none (null: the empty table), as Spark's rollback_to_snapshot does. Later
 * snapshots stay in the metadata until VACUUM. Does nothing where it is current already. Throws IcebergError
 * ICEBERG_INVALID_SNAPSHOT_ID, ICEBERG_COMMIT_ERROR.
 */
export const rollbackTo = (session: CommitSession, snapshotId: bigint | null): void => {
  const table = IcebergTable.loadCurrent(session.files, session.pointer);
  const { metadata } = table;
  if (metadata['current-snapshot-id'] === (snapshotId ?? NO_SNAPSHOT)) return;
  if (snapshotId === null) {
    // As Iceberg does when the main branch is removed: no current snapshot, no history.
    const refs = Object.fromEntries(Object.entries(metadata.refs).filter(([name]) => name !== 'main'));
    commitChange(session, table, { 'current-snapshot-id': NO_SNAPSHOT, refs, 'snapshot-log': [] });
    return;
  }
  table.snapshot(snapshotId);
  const timestamp = Math.max(session.clock().getTime(), metadata['last-updated-ms'] + 1);
  commitChange(session, table, {
    'current-snapshot-id': snapshotId,
    refs: { ...metadata.refs, main: { ...metadata.refs['main'], 'snapshot-id': snapshotId, type: 'branch' } },
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': snapshotId }],
  });
};

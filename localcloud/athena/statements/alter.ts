import type { Cursor } from './cursor.ts';
import type { AlterAction, ColumnDefinition, Statement } from './model.ts';

/** After ALTER DATABASE or ALTER SCHEMA. */
export const readAlterDatabase = (cursor: Cursor): Statement => {
  const name = cursor.identifier();
  cursor.expect('SET', 'DBPROPERTIES');
  const properties = cursor.properties();
  cursor.expectEnd();
  return { kind: 'alterDatabase', name, properties };
};

/** After ALTER TABLE. */
export const readAlterTable = (cursor: Cursor): Statement => {
  const name = cursor.name();
  const action = readAction(cursor);
  cursor.expectEnd();
  return { kind: 'alterTable', name, action };
};

const readAction = (cursor: Cursor): AlterAction => {
  if (cursor.take('SET', 'TBLPROPERTIES')) return { kind: 'setProperties', properties: cursor.properties() };
  if (cursor.take('UNSET', 'TBLPROPERTIES')) {
    if (cursor.take('IF')) cursor.expect('EXISTS');
    return { kind: 'unsetProperties', keys: cursor.list(() => cursor.string()) };
  }
  if (cursor.take('SET', 'LOCATION')) return { kind: 'setLocation', location: cursor.string() };
  if (cursor.take('ADD', 'COLUMNS')) return { kind: 'addColumns', columns: cursor.list(() => cursor.columnDefinition()) };
  if (cursor.take('REPLACE', 'COLUMNS')) return { kind: 'replaceColumns', columns: cursor.list(() => cursor.columnDefinition()) };
  if (cursor.take('DROP', 'COLUMN')) return { kind: 'dropColumn', column: cursor.identifier() };
  if (cursor.take('CHANGE')) return readChange(cursor);
  if (cursor.take('RENAME', 'TO')) return { kind: 'renameTable', to: cursor.name() };
  if (cursor.is('PARTITION')) return readOfPartition(cursor);
  if (cursor.take('ADD')) return readAddPartitions(cursor);
  if (cursor.take('DROP')) return readDropPartitions(cursor);
  throw cursor.mismatch("'ADD', 'CHANGE', 'DROP', 'PARTITION', 'RENAME', 'REPLACE', 'SET', 'UNSET'");
};

const readChange = (cursor: Cursor): AlterAction => {
  cursor.take('COLUMN');
  const column = cursor.identifier();
  const to: ColumnDefinition = cursor.columnDefinition();
  const position = readPosition(cursor);
  // CASCADE would change partitions too; here they have no columns of their own.
  if (!cursor.take('CASCADE')) cursor.take('RESTRICT');
  return { kind: 'changeColumn', column, to, position };
};

const readPosition = (cursor: Cursor): 'first' | { after: string } | undefined => {
  if (cursor.take('FIRST')) return 'first';
  return cursor.take('AFTER') ? { after: cursor.identifier() } : undefined;
};

/** After a table's name: `PARTITION (…) RENAME TO PARTITION (…)`. */
const readOfPartition = (cursor: Cursor): AlterAction => {
  const from = readPartition(cursor);
  cursor.expect('RENAME', 'TO');
  return { kind: 'renamePartition', from, to: readPartition(cursor) };
};

const readAddPartitions = (cursor: Cursor): AlterAction => {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  if (!cursor.is('PARTITION')) throw cursor.mismatch("'COLUMNS', 'PARTITION'");
  const partitions: { values: Record<string, string>; location: string | undefined }[] = [];
  do {
    const values = readPartition(cursor);
    partitions.push({ values, location: cursor.take('LOCATION') ? cursor.string() : undefined });
  } while (cursor.is('PARTITION'));
  return { kind: 'addPartitions', ifNotExists, partitions };
};

const readDropPartitions = (cursor: Cursor): AlterAction => {
  const ifExists = cursor.take('IF', 'EXISTS');
  const partitions = [readPartition(cursor)];
  while (cursor.take(',')) partitions.push(readPartition(cursor));
  return { kind: 'dropPartitions', ifExists, partitions };
};

/** `PARTITION (dt = '2025-01-01', hour = 3)` */
const readPartition = (cursor: Cursor): Record<string, string> => {
  cursor.expect('PARTITION');
  return Object.fromEntries(
    cursor.list((): [string, string] => {
      const key = cursor.identifier();
      cursor.expect('=');
      return [key, cursor.token.kind === 'number' ? String(cursor.integer()) : cursor.string()];
    }),
  );
};

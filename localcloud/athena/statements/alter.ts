import type { Cursor } from './cursor.ts';
import type { AlterAction, ColumnDefinition, Statement } from './model.ts';

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
  if (cursor.take('ADD')) return readAddPartitions(cursor);
  if (cursor.take('DROP')) return readDropPartitions(cursor);
  throw cursor.mismatch("'ADD', 'CHANGE', 'DROP', 'REPLACE', 'SET', 'UNSET'");
};

const readChange = (cursor: Cursor): AlterAction => {
  cursor.take('COLUMN');
  const column = cursor.identifier();
  const to: ColumnDefinition = cursor.columnDefinition();
  if (cursor.take('FIRST')) return { kind: 'changeColumn', column, to, position: 'first' };
  const position = cursor.take('AFTER') ? { after: cursor.identifier() } : undefined;
  return { kind: 'changeColumn', column, to, position };
};

const readAddPartitions = (cursor: Cursor): AlterAction => {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
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

import type { Cursor } from './cursor.ts';
import type { Statement } from './model.ts';

/** After SHOW. */
export const readShow = (cursor: Cursor): Statement => {
  const statement = readWhat(cursor);
  cursor.expectEnd();
  return statement;
};

const readWhat = (cursor: Cursor): Statement => {
  if (cursor.take('DATABASES') || cursor.take('SCHEMAS')) return { kind: 'showDatabases', like: readLike(cursor) };
  if (cursor.take('TABLES')) return { kind: 'showTables', database: readIn(cursor), like: readLike(cursor) };
  if (cursor.take('VIEWS')) return { kind: 'showViews', database: readIn(cursor), like: readLike(cursor) };
  if (cursor.take('COLUMNS')) return readColumns(cursor);
  if (cursor.take('CREATE', 'TABLE')) return { kind: 'showCreateTable', name: cursor.name() };
  if (cursor.take('CREATE', 'VIEW')) return { kind: 'showCreateView', name: cursor.name() };
  if (cursor.take('PARTITIONS')) return { kind: 'showPartitions', name: cursor.name() };
  if (cursor.take('TBLPROPERTIES')) {
    const name = cursor.name();
    return { kind: 'showProperties', name, key: cursor.is('(') ? cursor.list(() => cursor.string())[0] : undefined };
  }
  throw cursor.mismatch("'COLUMNS', 'CREATE', 'DATABASES', 'PARTITIONS', 'SCHEMAS', 'TABLES', 'TBLPROPERTIES', 'VIEWS'");
};

const readColumns = (cursor: Cursor): Statement => {
  if (!cursor.take('IN')) cursor.expect('FROM');
  const name = cursor.name();
  if (cursor.take('IN') || cursor.take('FROM')) return { kind: 'showColumns', name: [cursor.identifier(), ...name] };
  return { kind: 'showColumns', name };
};

const readIn = (cursor: Cursor): string | undefined => (cursor.take('IN') || cursor.take('FROM') ? cursor.identifier() : undefined);

/** A pattern as Hive takes it: `'ev*|tx*'`. */
const readLike = (cursor: Cursor): string | undefined => {
  cursor.take('LIKE');
  return cursor.optionalString();
};

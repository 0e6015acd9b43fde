import type { Cursor } from './cursor.ts';
import type { ColumnDefinition, CreateTable, PartitionTransform, RowFormat, Statement } from './model.ts';

/** After CREATE DATABASE or CREATE SCHEMA. */
export const readCreateDatabase = (cursor: Cursor): Statement => {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const name = cursor.identifier();
  const comment = cursor.take('COMMENT') ? cursor.string() : undefined;
  const location = cursor.take('LOCATION') ? cursor.string() : undefined;
  const properties = cursor.take('WITH', 'DBPROPERTIES') ? cursor.properties() : {};
  cursor.expectEnd();
  return { kind: 'createDatabase', name, ifNotExists, comment, location, properties };
};

/** After CREATE [OR REPLACE] VIEW. */
export const readCreateView = (cursor: Cursor, orReplace: boolean): Statement => {
  const name = cursor.name();
  if (cursor.take('COMMENT')) cursor.string();
  if (cursor.take('SECURITY')) cursor.expect(cursor.is('DEFINER') ? 'DEFINER' : 'INVOKER');
  cursor.expect('AS');
  return { kind: 'createView', name, orReplace, query: cursor.restInPlace() };
};

/** After CREATE TABLE: name, and all that follows, for a table made of a query. undefined where it is not one. */
export const readCreateTableAs = (cursor: Cursor): Statement | undefined => {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const name = cursor.name();
  if (!cursor.is('WITH') && !cursor.is('AS')) return undefined;
  const properties = cursor.take('WITH') ? cursor.typedProperties() : {};
  cursor.expect('AS');
  const query = cursor.restInPlace();
  const noData = /\bwith\s+no\s+data\s*$/i.exec(query);
  return { kind: 'createTableAs', name, ifNotExists, properties, query: noData ? query.slice(0, noData.index) : query, withData: !noData };
};

/** After CREATE [EXTERNAL] TABLE. */
export const readCreateTable = (cursor: Cursor, external: boolean): CreateTable => {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const name = cursor.name();
  const columns = cursor.is('(') ? cursor.list(() => cursor.columnDefinition()) : [];
  const table: CreateTable = {
    kind: 'createTable',
    name,
    external,
    ifNotExists,
    columns,
    comment: undefined,
    partitionedBy: undefined,
    rowFormat: undefined,
    storedAs: undefined,
    bucketed: false,
    location: undefined,
    properties: {},
  };
  while (readClause(cursor, table));
  cursor.expectEnd();
  return table;
};

/** One clause after the columns; false at the end. */
const readClause = (cursor: Cursor, table: CreateTable): boolean => {
  if (cursor.take('COMMENT')) table.comment = cursor.string();
  else if (cursor.take('PARTITIONED', 'BY')) table.partitionedBy = readPartitioning(cursor);
  else if (cursor.take('CLUSTERED', 'BY')) readBuckets(cursor, table);
  else if (cursor.take('ROW', 'FORMAT')) table.rowFormat = readRowFormat(cursor);
  else if (cursor.take('STORED', 'AS')) table.storedAs = readStoredAs(cursor);
  else if (cursor.take('STORED', 'BY')) table.storedAs = cursor.string();
  else if (cursor.take('WITH', 'SERDEPROPERTIES')) table.rowFormat = { serde: table.rowFormat?.serde, properties: cursor.properties() };
  else if (cursor.take('LOCATION')) table.location = cursor.string();
  else if (cursor.take('TBLPROPERTIES')) table.properties = cursor.properties();
  else return false;
  return true;
};

const readPartitioning = (cursor: Cursor): CreateTable['partitionedBy'] => {
  const items = cursor.list((): { definition?: ColumnDefinition; transform?: PartitionTransform } => {
    // A transform's name may be a reserved word: truncate.
    const transform = cursor.wordBefore('(');
    if (transform !== undefined) return { transform: readTransform(cursor, transform) };
    const column = cursor.identifier();
    if (cursor.is(',') || cursor.is(')')) return { transform: { column, transform: 'identity', argument: undefined } };
    const type = cursor.type();
    return { definition: { name: column, type, comment: cursor.take('COMMENT') ? cursor.string() : undefined } };
  });
  if (items.every((item) => !item.definition)) return { transforms: items.flatMap((item) => item.transform ?? []) };
  if (items.some((item) => !item.definition)) throw cursor.failure('partition columns with and without a type cannot be mixed');
  return { definitions: items.flatMap((item) => item.definition ?? []) };
};

const TRANSFORMS: Readonly<Record<string, PartitionTransform['transform']>> = {
  year: 'year',
  years: 'year',
  month: 'month',
  months: 'month',
  day: 'day',
  days: 'day',
  date: 'day',
  hour: 'hour',
  hours: 'hour',
  bucket: 'bucket',
  truncate: 'truncate',
};

/** After a transform's name: `(ts)`, `(16, id)`; the number stands first in Athena's DDL, in Trino's second. */
export const readTransform = (cursor: Cursor, name: string): PartitionTransform => {
  const transform = Object.hasOwn(TRANSFORMS, name) ? TRANSFORMS[name] : undefined;
  if (!transform) throw cursor.failure(`Unsupported partition transform: ${name}`);
  cursor.expect('(');
  let argument = cursor.token.kind === 'number' ? cursor.integer() : undefined;
  if (argument !== undefined) cursor.expect(',');
  const column = cursor.identifier();
  if (argument === undefined && cursor.take(',')) argument = cursor.integer();
  cursor.expect(')');
  if ((argument !== undefined) !== (transform === 'bucket' || transform === 'truncate')) throw cursor.failure(`Unsupported partition transform: ${name}`);
  return { column, transform, argument };
};

const readBuckets = (cursor: Cursor, table: CreateTable): void => {
  cursor.list(() => cursor.identifier());
  cursor.expect('INTO');
  cursor.integer();
  cursor.expect('BUCKETS');
  table.bucketed = true;
};

const readRowFormat = (cursor: Cursor): RowFormat => {
  if (cursor.take('SERDE')) {
    const serde = cursor.string();
    return { serde, properties: cursor.take('WITH', 'SERDEPROPERTIES') ? cursor.properties() : {} };
  }
  cursor.expect('DELIMITED');
  const properties: Record<string, string> = {};
  for (;;) {
    if (cursor.take('FIELDS', 'TERMINATED', 'BY')) {
      properties['field.delim'] = cursor.string();
      if (cursor.take('ESCAPED', 'BY')) properties['escape.delim'] = cursor.string();
    } else if (cursor.take('LINES', 'TERMINATED', 'BY')) properties['line.delim'] = cursor.string();
    else if (cursor.take('COLLECTION', 'ITEMS', 'TERMINATED', 'BY')) properties['collection.delim'] = cursor.string();
    else if (cursor.take('MAP', 'KEYS', 'TERMINATED', 'BY')) properties['mapkey.delim'] = cursor.string();
    else if (cursor.take('NULL', 'DEFINED', 'AS')) properties['serialization.null.format'] = cursor.string();
    else return { serde: undefined, properties };
  }
};

const readStoredAs = (cursor: Cursor): string => {
  if (!cursor.take('INPUTFORMAT')) return cursor.identifier().toUpperCase();
  const input = cursor.string();
  cursor.expect('OUTPUTFORMAT');
  cursor.string();
  return input;
};

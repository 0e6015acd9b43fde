import { FILE_PATH, POSITION } from './delete-files.ts';
import { IcebergError } from './errors.ts';
import { CONTENT } from './manifests.ts';
import type { ManifestEntry } from './manifests.ts';
import { dataSql } from './name-mapping.ts';
import { localFileSql, parquetSql } from './parquet-sql.ts';
import { partitionKey } from './partitions.ts';
import type { FilePlan } from './scan.ts';
import type { TableFiles } from './session.ts';
import { identifier, text } from './sql.ts';
import type { Field } from './types.ts';

/*
 * Rows that delete files do not name, as DuckDB joins. Explicit anti joins, with the number of rows told on both sides: so
 * DuckDB hashes the small side, and still pushes a later join's range of keys into the scan of the data.
 */

const isEquality = (entry: ManifestEntry): boolean => entry.file.content === CONTENT.equalityDeletes;

const distinctDeletes = (plan: FilePlan, data: readonly ManifestEntry[], wanted: (entry: ManifestEntry) => boolean): ManifestEntry[] => [
  ...new Set(data.flatMap((entry) => plan.deleteIndex.of(entry).filter(wanted))),
];

const positionJoin = (files: TableFiles, deletes: readonly ManifestEntry[]): string => {
  const [first] = deletes;
  if (!first) return '';
  const rows = `SELECT ${localFileSql(files, first.file.path, 'p.file_path')} AS file, p.pos AS pos FROM ${parquetSql(files, deletes, [FILE_PATH, POSITION])} AS p`;
  return ` ANTI JOIN (${rows}) AS p ON p.file = x."$file" AND p.pos = x.file_row_number`;
};

/** The columns an equality delete file goes by. They are known by id only: names change. */
const keysOf = (plan: FilePlan, entry: ManifestEntry): Field[] => {
  const ids = entry.file.equalityIds ?? [];
  if (ids.length === 0) throw new IcebergError('ICEBERG_INVALID_METADATA', `Equality delete file without equality ids: ${entry.file.path}`);
  return [...ids].sort((a, b) => a - b).map((id) => {
    const field = plan.knownFields.find((candidate) => candidate.id === id);
    if (!field) throw new IcebergError('NOT_SUPPORTED', `Equality deletes by a nested field are not supported locally: field ${id} in ${entry.file.path}`);
    return field;
  });
};

/** Names of their own, so that a key which is no column any more cannot meet a column of its name. */
const keyName = (field: Field): string => `__key_${field.id}`;
const named = (fields: readonly Field[]): Field[] => fields.map((field) => ({ ...field, name: keyName(field) }));

/** Sequence number and partition of files, as rows to join by file. */
const placesSql = (files: TableFiles, entries: readonly ManifestEntry[]): string => {
  const rows = entries.map((entry) => `(${text(files.fileOf(entry.file.path))}, ${entry.sequenceNumber}, ${text(partitionKey(entry.specId, entry.file.partition))})`);
  return `(VALUES ${rows.join(', ')})`;
};

/**
 * An anti join with the equality delete files that go by the same columns and are meant for a partition, or for the whole
 * table: a row is gone where all keys are equal, NULL to NULL, and its file is older than the delete
 * (https://iceberg.apache.org/spec/#equality-delete-files).
 */
const equalityJoin = (files: TableFiles, keys: readonly Field[], deletes: readonly ManifestEntry[], isGlobal: boolean, alias: string): string => {
  const names = keys.map((key) => identifier(keyName(key)));
  const rows = `SELECT ${names.map((name) => `d.${name}`).join(', ')}, places.sequence, places.place FROM ${parquetSql(files, deletes, named(keys))} AS d
    JOIN ${placesSql(files, deletes)} AS places(file, sequence, place) ON places.file = d."$file"`;
  const equal = names.map((name) => `${alias}.${name} IS NOT DISTINCT FROM x.${name}`);
  return ` ANTI JOIN (${rows}) AS ${alias} ON ${[...equal, `${alias}.sequence > x."$sequence"`, ...(isGlobal ? [] : [`${alias}.place = x."$place"`])].join(' AND ')}`;
};

const equalityScan = (files: TableFiles, plan: FilePlan, data: readonly ManifestEntry[]): string => {
  const deletes = distinctDeletes(plan, data, isEquality);
  const groups = new Map<string, { keys: Field[]; isGlobal: boolean; entries: ManifestEntry[] }>();
  for (const entry of deletes) {
    const keys = keysOf(plan, entry);
    const isGlobal = plan.deleteIndex.isUnpartitioned(entry.specId);
    const id = JSON.stringify([isGlobal, ...keys.map((key) => key.id)]);
    const group = groups.get(id) ?? { keys, isGlobal, entries: [] };
    group.entries.push(entry);
    groups.set(id, group);
  }
  const keys = [...new Set([...groups.values()].flatMap((group) => group.keys))];
  // A column can be read under one name only: keys that are columns are named anew on top of the scan.
  const dropped = keys.filter((key) => !plan.schema.fields.some((field) => field.id === key.id));
  const keyColumns = keys.map((key) => {
    const current = plan.schema.fields.find((field) => field.id === key.id);
    return `s.${identifier(current?.name ?? keyName(key))}${current ? ` AS ${identifier(keyName(key))}` : ''}`;
  });
  const others = plan.schema.fields.map((field) => `s.${identifier(field.name)}`);
  const source = `(SELECT ${[...others, ...keyColumns].join(', ')}, s."$file", s.file_row_number, places.sequence AS "$sequence", places.place AS "$place"
    FROM ${dataSql(files, plan, data, [...plan.schema.fields, ...named(dropped)])} AS s JOIN ${placesSql(files, data)} AS places(file, sequence, place) ON places.file = s."$file") AS x`;
  const joins = [...groups.values()].map((group, index) => equalityJoin(files, group.keys, group.entries, group.isGlobal, `e${index}`));
  return source + positionJoin(files, distinctDeletes(plan, data, (entry) => !isEquality(entry))) + joins.join('');
};

/** FROM items under the alias `x`, one for each way of deleting, with the live rows of all data files that have delete files. */
export const withoutDeleted = (files: TableFiles, plan: FilePlan): string[] => {
  const dirty = plan.data.filter((entry) => plan.deleteIndex.of(entry).length > 0);
  const byEquality = dirty.filter((entry) => plan.deleteIndex.of(entry).some(isEquality));
  const byPosition = dirty.filter((entry) => !byEquality.includes(entry));
  return [
    ...(byPosition.length > 0 ? [`${dataSql(files, plan, byPosition, plan.schema.fields)} AS x${positionJoin(files, distinctDeletes(plan, byPosition, () => true))}`] : []),
    ...(byEquality.length > 0 ? [equalityScan(files, plan, byEquality)] : []),
  ];
};

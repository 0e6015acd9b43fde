import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ObjectStore } from '../../core/ports.ts';
import type { GluePartition } from '../../glue/index.ts';
import { trinoFailure } from '../failure.ts';
import type { ColumnPredicate, Literal } from '../iceberg/predicates.ts';
import type { ExternalTable } from './external-table.ts';
import { unescaped } from './partition-path.ts';
import type { Projection } from './projection.ts';
import { injectedWithoutValue, projectionOf } from './projection.ts';

export interface ExternalFile {
  uri: string;
  file: string;
  size: number;
  modifiedMs: number;
  /** Values of the partition keys, in their order. */
  partition: string[];
}

export interface ListingSource {
  store: Pick<ObjectStore, 'fileOf' | 'uriOf'>;
  /** Partitions in the catalog, for tables without projection. */
  partitions: () => readonly GluePartition[];
  now: Date;
}

/**
 * The files of a table that can hold rows satisfying all predicates. Partitions exist where projection says so, or where the
 * catalog holds them; predicates on partition keys and on "$path" leave files out before anything opens them.
 * Like Hive, files and folders whose names begin with `.` or `_` are not seen.
 */
export const listFiles = (table: ExternalTable, predicates: readonly ColumnPredicate[], source: ListingSource): ExternalFile[] => {
  const paths = pathsAsked(predicates);
  const found = partitionFolders(table, predicates, source).flatMap(({ uri, values }) => filesUnder(uri, values, paths, source.store));
  return found.sort((a, b) => (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : 0));
};

interface PartitionFolder {
  /** `s3://…/`, ends in a slash. */
  uri: string;
  values: string[];
}

const partitionFolders = (table: ExternalTable, predicates: readonly ColumnPredicate[], source: ListingSource): PartitionFolder[] => {
  if (table.partitionKeys.length === 0) return [{ uri: table.location, values: [] }];
  const keys = table.partitionKeys.map((key): Key => ({ ...key, projection: projectionOf(key.name, table.properties, source.now), admits: admission(key.name, predicates) }));
  if (keys.every((key) => !key.projection)) return catalogFolders(keys, source);
  for (const key of keys) {
    const fixed = predicates.some((predicate) => predicate.column === key.name && (predicate.op === '=' || predicate.op === 'in'));
    if (key.projection?.type === 'injected' && !fixed) throw injectedWithoutValue(key.name);
  }
  return walkTemplate(table, keys, source.store);
};

interface Key {
  name: string;
  projection: Projection | undefined;
  admits: (value: string) => boolean;
}

const catalogFolders = (keys: readonly Key[], source: ListingSource): PartitionFolder[] =>
  source.partitions().flatMap((partition) => {
    const location = partition.StorageDescriptor?.Location;
    if (location === undefined || !keys.every((key, index) => key.admits(partition.Values[index] ?? ''))) return [];
    return [{ uri: location.endsWith('/') ? location : `${location}/`, values: partition.Values }];
  });

/** Where the partitions lie: `storage.location.template`, or Hive's layout. */
export const templateOf = (table: ExternalTable): string => table.properties['storage.location.template'] ?? table.location + table.partitionKeys.map((key) => `${key.name}=\${${key.name}}/`).join('');

/** Goes down the folders that fit `storage.location.template`, or Hive's `key=value` layout, and whose values exist and matter. */
const walkTemplate = (table: ExternalTable, keys: readonly Key[], store: ListingSource['store']): PartitionFolder[] => {
  const template = templateOf(table);
  const missing = keys.find((key) => !template.includes(`\${${key.name}}`));
  if (missing) throw trinoFailure('INVALID_TABLE_PROPERTY', `Partition location template: ${template} is missing partition column: ${missing.name} placeholder`);
  const fixed = template.slice(0, template.lastIndexOf('/', template.search(/\$\{|$/)) + 1);
  const levels = template.slice(fixed.length).split('/').filter((level) => level !== '');
  let folders = [{ uri: fixed, values: {} as Readonly<Record<string, string>> }];
  for (const level of levels) {
    const pattern = levelPattern(level);
    folders = folders.flatMap((folder) =>
      foldersIn(store.fileOf(folder.uri)).flatMap((name) => {
        const captured = pattern.exec(name)?.groups;
        if (!captured) return [];
        const values = { ...folder.values, ...Object.fromEntries(Object.entries(captured).map(([key, value]) => [key, unescaped(value)])) };
        const admitted = Object.keys(captured).every((captive) => keys.every((key) => key.name !== captive || holds(key, values[captive] ?? '')));
        return admitted ? [{ uri: `${folder.uri}${name}/`, values }] : [];
      }),
    );
  }
  return folders.map(({ uri, values }) => ({ uri, values: keys.map((key) => values[key.name] ?? '') }));
};

const holds = (key: Key, value: string): boolean => (key.projection?.includes(value) ?? true) && key.admits(value);

/** `ingestion_date=${ingestion_date}` as a pattern with the key as a named group. */
const levelPattern = (level: string): RegExp =>
  new RegExp(`^${level.replaceAll(/\$\{(\w+)\}|[^$\w]|\$/g, (token: string, key: string | undefined) => (key === undefined ? `\\${token}` : `(?<${key}>[^/]*)`))}$`);

const foldersIn = (folder: string): string[] => entriesOf(folder).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const entriesOf = (folder: string): { name: string; isDirectory(): boolean }[] => {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => !/^[._]/.test(entry.name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

const filesUnder = (uri: string, partition: string[], paths: ReadonlySet<string> | undefined, store: ListingSource['store']): ExternalFile[] => {
  if (paths) {
    return [...paths].flatMap((asked) => {
      const inside = asked.startsWith(uri) && asked.slice(uri.length).split('/').every((part) => !/^[._]|^$/.test(part));
      return inside ? describe(asked, store.fileOf(asked), partition) : [];
    });
  }
  return walk(store.fileOf(uri)).flatMap((file) => describe(store.uriOf(file), file, partition));
};

const walk = (folder: string): string[] =>
  entriesOf(folder).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? walk(file) : [file];
  });

/** Empty for what is no file, or was deleted in the meantime; empty objects hold no rows. */
const describe = (uri: string, file: string, partition: string[]): ExternalFile[] => {
  try {
    const { size, mtimeMs, isFile } = statOf(file);
    return isFile && size > 0 ? [{ uri, file, size, modifiedMs: mtimeMs, partition }] : [];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

const statOf = (file: string): { size: number; mtimeMs: number; isFile: boolean } => {
  const stat = statSync(file);
  return { size: stat.size, mtimeMs: stat.mtimeMs, isFile: stat.isFile() };
};

/** Paths that conjuncts on "$path" allow; undefined where there are none. */
const pathsAsked = (predicates: readonly ColumnPredicate[]): ReadonlySet<string> | undefined => {
  const lists = predicates.filter((predicate) => predicate.column === '$path' && (predicate.op === '=' || predicate.op === 'in')).map((predicate) => predicate.values.map((value) => value.value));
  const [first, ...others] = lists;
  return first && new Set(first.filter((item) => others.every((list) => list.includes(item))));
};

/** Whether a partition value can satisfy the predicates on its key. Text compares as text, what looks like numbers on both sides as numbers. */
const admission = (key: string, predicates: readonly ColumnPredicate[]): ((value: string) => boolean) => {
  const own = predicates.filter((predicate) => predicate.column === key);
  return (value) => own.every((predicate) => TESTS[predicate.op](predicate.values.map((literal) => compare(value, literal))));
};

/** undefined: cannot tell, so the value is let through. */
const compare = (value: string, literal: Literal): number | undefined => {
  if (literal.type === 'number') return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) - Number(literal.value) : undefined;
  if (literal.type === 'boolean' || literal.type === 'timestamp') return undefined;
  if (literal.type === 'date' && !/^\d{4}-\d\d-\d\d$/.test(value)) return undefined;
  return value < literal.value ? -1 : value > literal.value ? 1 : 0;
};

const every = (test: (order: number) => boolean) => (orders: readonly (number | undefined)[]): boolean => orders.every((order) => order === undefined || test(order));

const TESTS: Readonly<Record<ColumnPredicate['op'], (orders: readonly (number | undefined)[]) => boolean>> = {
  '=': every((order) => order === 0),
  '<': every((order) => order < 0),
  '<=': every((order) => order <= 0),
  '>': every((order) => order > 0),
  '>=': every((order) => order >= 0),
  in: (orders) => orders.some((order) => order === undefined || order === 0),
};

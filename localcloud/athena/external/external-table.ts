import type { GlueTable } from '../../glue/index.ts';
import type { HiveType } from '../hive-types.ts';
import { parseHiveType, TypeTextError } from '../hive-types.ts';
import { notSupportedLocally, trinoFailure } from '../failure.ts';

export interface ExternalColumn {
  name: string;
  type: HiveType;
}

/** Lines of fields between separators: Hive's LazySimpleSerDe. */
export interface DelimitedFormat {
  kind: 'delimited';
  /** Between fields, between a collection's items, between a map's key and value; deeper levels have Hive's own. */
  separators: readonly string[];
  escape: string | undefined;
  nullText: string;
  skipLines: number;
}

/** Quoted fields: OpenCSVSerde. */
export interface CsvFormat {
  kind: 'csv';
  separator: string;
  quote: string;
  escape: string;
  skipLines: number;
}

export interface JsonFormat {
  kind: 'json';
  serde: 'openx' | 'hive';
  /** Lines that are no JSON become rows of nulls. */
  ignoreMalformed: boolean;
  caseInsensitive: boolean;
  /** A dot in a key is an underscore in the column's name. */
  dotsInKeys: boolean;
  /** Column to key, where they differ. */
  mapping: ReadonlyMap<string, string>;
}

export interface ParquetFormat {
  kind: 'parquet';
  /** Columns are told by their place, not by their name. */
  byIndex: boolean;
}

export type ExternalFormat = ParquetFormat | JsonFormat | CsvFormat | DelimitedFormat;

/** A table over files that others write: the Glue table, read. */
export interface ExternalTable {
  database: string;
  name: string;
  /** `s3://bucket/folder/` */
  location: string;
  columns: ExternalColumn[];
  partitionKeys: ExternalColumn[];
  format: ExternalFormat;
  properties: Record<string, string>;
}

/** @throws AthenaFailure for formats that are not read here. */
export const externalTable = (table: GlueTable): ExternalTable => {
  const location = table.StorageDescriptor?.Location;
  if (location === undefined || location === '') throw trinoFailure('HIVE_INVALID_METADATA', `Table ${table.DatabaseName}.${table.Name} has no location`);
  const column = (definition: { Name: string; Type?: string }): ExternalColumn => ({ name: definition.Name.toLowerCase(), type: typeOf(table, definition.Type ?? 'string') });
  return {
    database: table.DatabaseName,
    name: table.Name,
    location: location.endsWith('/') ? location : `${location}/`,
    columns: (table.StorageDescriptor?.Columns ?? []).map(column),
    partitionKeys: (table.PartitionKeys ?? []).map(column),
    format: formatOf(table),
    properties: table.Parameters ?? {},
  };
};

const typeOf = (table: GlueTable, text: string): HiveType => {
  try {
    return parseHiveType(text);
  } catch (cause) {
    if (!(cause instanceof TypeTextError)) throw cause;
    throw trinoFailure('HIVE_INVALID_METADATA', `Glue table '${table.DatabaseName}.${table.Name}' column has an unsupported type: ${text}`, { cause });
  }
};

/** By the SerDe's class: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html @throws AthenaFailure for those that are not here. */
export const formatOf = (table: Pick<GlueTable, 'StorageDescriptor' | 'Parameters'>): ExternalFormat => {
  const serde = table.StorageDescriptor?.SerdeInfo?.SerializationLibrary ?? '';
  const given = table.StorageDescriptor?.SerdeInfo?.Parameters ?? {};
  const skipLines = skippedLines(table);
  switch (serde.split('.').at(-1)?.toLowerCase()) {
    case 'parquethiveserde':
      return { kind: 'parquet', byIndex: isTrue(given['parquet.column.index.access'] ?? table.Parameters?.['parquet.column.index.access']) };
    case 'jsonserde':
      return jsonFormat(serde.startsWith('org.openx.') ? 'openx' : 'hive', given);
    case 'opencsvserde':
      return { kind: 'csv', separator: oneCharacter(given['separatorChar'], ','), quote: oneCharacter(given['quoteChar'], '"'), escape: oneCharacter(given['escapeChar'], '\\'), skipLines };
    case 'lazysimpleserde':
      return delimitedFormat(given, skipLines);
    default:
      throw notSupportedLocally(`SerDe ${serde}`);
  }
};

const isTrue = (value: string | undefined): boolean => value?.trim().toLowerCase() === 'true';

const skippedLines = (table: Pick<GlueTable, 'Parameters'>): number => {
  const text = table.Parameters?.['skip.header.line.count'] ?? '0';
  if (/^\s*\d+\s*$/.test(text)) return Number(text);
  throw trinoFailure('HIVE_INVALID_METADATA', `Invalid value for skip.header.line.count property: ${text}`);
};

/** OpenX: https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html. Hive's own takes keys whatever their case. */
const jsonFormat = (serde: JsonFormat['serde'], given: Readonly<Record<string, string>>): JsonFormat => {
  const mappings = Object.entries(given).flatMap(([key, value]): [string, string][] => (key.startsWith('mapping.') ? [[key.slice('mapping.'.length).toLowerCase(), value]] : []));
  const isOpenX = serde === 'openx';
  return {
    kind: 'json',
    serde,
    ignoreMalformed: isOpenX && isTrue(given['ignore.malformed.json']),
    caseInsensitive: !isOpenX || isTrue(given['case.insensitive'] ?? 'true'),
    dotsInKeys: isOpenX && isTrue(given['dots.in.keys']),
    mapping: new Map(isOpenX ? mappings : []),
  };
};

/** Hive's separators where none are given: ^A, ^B, ^C … (LazySerDeParameters). */
const DEFAULT_SEPARATORS = ['\u0001', '\u0002', '\u0003', '\u0004', '\u0005', '\u0006', '\u0007', '\u0008'];

const delimitedFormat = (given: Readonly<Record<string, string>>, skipLines: number): DelimitedFormat => {
  const own = [given['field.delim'] ?? given['serialization.format'], given['collection.delim'] ?? given['colelction.delim'], given['mapkey.delim']];
  const escape = given['escape.delim'];
  return {
    kind: 'delimited',
    separators: DEFAULT_SEPARATORS.map((separator, level) => oneCharacter(own[level], separator)),
    escape: escape === undefined ? undefined : oneCharacter(escape, '\\'),
    nullText: given['serialization.null.format'] ?? '\\N',
    skipLines,
  };
};

/** A separator as Hive reads it: a character, a number of one (`1` is ^A), or an escape (`\t`, `\001`). */
const oneCharacter = (given: string | undefined, otherwise: string): string => {
  if (given === undefined || given === '') return otherwise;
  const escape = /^\\(?:([tnrbf])|([0-7]{3})|u([0-9A-Fa-f]{4}))$/.exec(given);
  if (escape) {
    const [, letter, octal, unicode] = escape;
    if (letter !== undefined) return { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f' }[letter] ?? letter;
    return String.fromCodePoint(octal === undefined ? Number.parseInt(unicode ?? '0', 16) : Number.parseInt(octal, 8));
  }
  if (/^\d{1,3}$/.test(given) && Number(given) < 128) return String.fromCodePoint(Number(given));
  return given.startsWith('\\\\') ? '\\' : (given[0] ?? otherwise);
};

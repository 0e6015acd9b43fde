import type { GlueColumn } from '../glue/index.ts';
import { currentColumns } from '../glue/index.ts';
import type { CatalogEntry } from './catalog.ts';
import type { AthenaFailure } from './failure.ts';
import { ddlFailure, notSupportedLocally } from './failure.ts';
import type { HiveType } from './hive-types.ts';
import { hiveText, parseHiveType } from './hive-types.ts';
import type { Statement } from './statements/model.ts';
import type { StatementRun } from './statement-run.ts';

type Describe = Extract<Statement, { kind: 'describe' }>;

const padded = (text: string): string => text.padEnd(20);

/** Cells of a line, padded and between tabs, as Hive prints them. */
export const cells = (...texts: string[]): string => texts.map(padded).join('\t');

/** A table's columns, its partition keys last. */
export const allColumns = (entry: CatalogEntry): GlueColumn[] => [...currentColumns(entry.glue), ...(entry.glue.PartitionKeys ?? [])];

const columnLine = (column: GlueColumn): string => cells(column.Name, column.Type ?? '', column.Comment ?? '');

/** The lines of DESCRIBE (https://docs.aws.amazon.com/athena/latest/ug/describe-table.html). @throws AthenaFailure */
export const describeTable = (run: StatementRun, entry: CatalogEntry, statement: Describe): string[] => {
  if (statement.form === 'extended') throw notSupportedLocally('DESCRIBE EXTENDED');
  if (statement.column.length > 0) return describeColumn(entry, statement.column);
  if (entry.kind === 'iceberg') {
    if (statement.form === 'formatted') throw notSupportedLocally('DESCRIBE FORMATTED of an Iceberg table');
    return icebergLines(run, entry);
  }
  const keys = entry.glue.PartitionKeys ?? [];
  const columns = allColumns(entry).map(columnLine);
  const partitions = keys.length === 0 ? [] : ['', '# Partition Information', cells('# col_name', 'data_type', 'comment'), '', ...keys.map(columnLine)];
  return [...columns, ...partitions, ...(statement.form === 'formatted' ? formattedLines(entry) : [])];
};

const icebergLines = (run: StatementRun, entry: CatalogEntry & { kind: 'iceberg' }): string[] => {
  const fields = run.parts.catalog.iceberg(entry.metadataLocation).partitionFields;
  return [
    '# Table schema:',
    cells('# col_name', 'data_type', 'comment'),
    ...allColumns(entry).map(columnLine),
    '',
    '# Partition spec:',
    cells('# field_name', 'field_transform', 'column_name'),
    ...fields.map((field) => cells(field.name, field.transform, field.column)),
  ];
};

/** `Thu Apr 23 02:55:21 UTC 2020` */
const javaDate = (epochSeconds: number): string => {
  const [, weekday = '', day = '', month = '', year = '', time = ''] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(epochSeconds * 1000).toUTCString()) ?? [];
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
};

const formattedLines = ({ glue }: CatalogEntry): string[] => {
  const storage = glue.StorageDescriptor;
  const pairs = (properties: Readonly<Record<string, string>> = {}): string[] => Object.entries(properties).map(([key, value]) => `\t${padded(key)}\t${padded(value)}`);
  return [
    '',
    '# Detailed Table Information',
    cells('Database:', glue.DatabaseName),
    cells('Owner:', glue.Owner ?? ''),
    cells('CreateTime:', javaDate(glue.CreateTime)),
    cells('LastAccessTime:', 'UNKNOWN'),
    cells('Protect Mode:', 'None'),
    cells('Retention:', '0'),
    cells('Location:', storage?.Location ?? ''),
    cells('Table Type:', glue.TableType ?? ''),
    'Table Parameters:',
    ...pairs(glue.Parameters),
    '',
    '# Storage Information',
    cells('SerDe Library:', storage?.SerdeInfo?.SerializationLibrary ?? ''),
    cells('InputFormat:', storage?.InputFormat ?? ''),
    cells('OutputFormat:', storage?.OutputFormat ?? ''),
    cells('Compressed:', 'No'),
    cells('Num Buckets:', '-1'),
    cells('Bucket Columns:', '[]'),
    cells('Sort Columns:', '[]'),
    'Storage Desc Params:',
    ...pairs(storage?.SerdeInfo?.Parameters),
  ];
};

/** One column, or what lies within it. */
const describeColumn = (entry: CatalogEntry, [name = '', ...path]: readonly string[]): string[] => {
  const column = allColumns(entry).find((candidate) => candidate.Name.toLowerCase() === name);
  if (!column) throw invalidColumn(name);
  const type = path.reduce((outer, step) => within(outer, step), parseHiveType(column.Type ?? 'string'));
  const lines = path.length > 0 && type.kind === 'struct' ? type.fields : [{ name: path.at(-1) ?? name, type }];
  return lines.map((line) => cells(line.name, hiveText(line.type), column.Comment ?? 'from deserializer'));
};

const within = (type: HiveType, step: string): HiveType => {
  if (type.kind === 'array' && step === '$elem$') return type.element;
  if (type.kind === 'map' && step === '$key$') return type.key;
  if (type.kind === 'map' && step === '$value$') return type.value;
  const field = type.kind === 'struct' ? type.fields.find((candidate) => candidate.name === step) : undefined;
  if (!field) throw invalidColumn(step);
  return field.type;
};

const invalidColumn = (name: string): AthenaFailure => ddlFailure(`Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Invalid column reference ${name}`);

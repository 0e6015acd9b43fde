import type { GlueColumn } from '../glue/index.ts';
import { currentColumns } from '../glue/index.ts';
import type { CatalogEntry } from './catalog.ts';
import type { StatementRun } from './statement-run.ts';

/** The lines of SHOW CREATE TABLE: a statement that makes the table again. */
export const showCreateTable = (run: StatementRun, entry: CatalogEntry): string[] => (entry.kind === 'iceberg' ? icebergStatement(run, entry) : externalStatement(entry));

const columnLines = (columns: readonly GlueColumn[]): string[] =>
  columns.map((column, index) => `  \`${column.Name}\` ${column.Type ?? 'string'}${column.Comment === undefined ? '' : ` COMMENT '${quoted(column.Comment)}'`}${index === columns.length - 1 ? ')' : ','}`);

/** As a string of Hive's: backslashes and control characters as escapes. */
const quoted = (text: string): string =>
  Array.from(text.replaceAll('\\', '\\\\').replaceAll("'", "''"), (character) => (character < ' ' ? (SHORT_ESCAPES[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`) : character)).join('');

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const propertyLines = (properties: Readonly<Record<string, string>>): string[] => {
  const lines = Object.entries(properties).map(([key, value]) => `  '${quoted(key)}'='${quoted(value)}'`);
  return lines.length === 0 ? [] : ['TBLPROPERTIES (', ...lines.map((line, index) => line + (index === lines.length - 1 ? ')' : ','))];
};

const icebergStatement = (run: StatementRun, entry: CatalogEntry & { kind: 'iceberg' }): string[] => {
  const table = run.parts.catalog.iceberg(entry.metadataLocation);
  const partitions = table.partitionFields.map(({ column, transform }) => {
    const argument = /^(\w+)\[(\d+)\]$/.exec(transform);
    if (argument) return `${argument[1] ?? ''}(${argument[2] ?? ''}, \`${column}\`)`;
    return transform === 'identity' ? `\`${column}\`` : `${transform}(\`${column}\`)`;
  });
  const { 'write.format.default': format = 'parquet', 'write.parquet.compression-codec': codec = 'zstd', ...others } = table.properties;
  return [
    `CREATE TABLE ${entry.name.database}.${entry.name.table} (`,
    ...columnLines(currentColumns(entry.glue)),
    ...(partitions.length === 0 ? [] : [`PARTITIONED BY (${partitions.join(', ')})`]),
    `LOCATION '${table.location}'`,
    ...propertyLines({ table_type: 'iceberg', format, write_compression: codec, ...others }),
  ];
};

const externalStatement = (entry: CatalogEntry): string[] => {
  const { StorageDescriptor: storage, PartitionKeys: keys = [], Parameters = {} } = entry.glue;
  const serde = Object.entries(storage?.SerdeInfo?.Parameters ?? {}).map(([key, value]) => `  '${quoted(key)}'='${quoted(value)}'`);
  const properties = Object.fromEntries(Object.entries(Parameters).filter(([key]) => key !== 'EXTERNAL'));
  return [
    `CREATE EXTERNAL TABLE \`${entry.name.database}.${entry.name.table}\`(`,
    ...columnLines(storage?.Columns ?? []),
    ...(keys.length === 0 ? [] : ['PARTITIONED BY (', ...columnLines(keys)]),
    `ROW FORMAT SERDE`,
    `  '${storage?.SerdeInfo?.SerializationLibrary ?? ''}'`,
    ...(serde.length === 0 ? [] : ['WITH SERDEPROPERTIES (', ...serde.map((line, index) => line + (index === serde.length - 1 ? ')' : ','))]),
    `STORED AS INPUTFORMAT`,
    `  '${storage?.InputFormat ?? ''}'`,
    'OUTPUTFORMAT',
    `  '${storage?.OutputFormat ?? ''}'`,
    'LOCATION',
    `  '${(storage?.Location ?? '').replace(/\/$/, '')}'`,
    ...propertyLines(properties),
  ];
};

export const showCreateView = (entry: CatalogEntry & { kind: 'view' }): string[] => [`CREATE VIEW ${entry.name.database}.${entry.name.table} AS`, ...entry.view.originalSql.split('\n')];

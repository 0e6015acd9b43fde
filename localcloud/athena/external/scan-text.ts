import type { HiveType, PrimitiveName } from '../hive-types.ts';
import { duckText } from '../hive-types.ts';
import type { CsvFormat, DelimitedFormat, ExternalTable } from './external-table.ts';
import type { ExternalFile } from './list-files.ts';
import type { FileGroup } from './scan-parquet.ts';
import { failed } from './row-failure.ts';
import { bound, identifier, literal } from './sql-text.ts';

/** Characters of Unicode's private use area, which data has not: a separator that never occurs, and stand-ins for escaped characters. */
const NEVER = '\uE000';
const NEVER_NULL = '\uE003';
const ESCAPED_ESCAPE = '\uE001';
const ESCAPED_SEPARATOR = '\uE002';

/** A file's lines, in the column `line`. Blank lines are no rows, unlike in Hive. */
const linesOf = (file: ExternalFile, skipLines: number): string =>
  `read_csv(${literal(file.file)}, columns={'line': 'VARCHAR'}, delim=${literal(NEVER)}, quote='', escape='', nullstr=${literal(NEVER_NULL)}, skip=${skipLines}, header=false, auto_detect=false, strict_mode=false, hive_partitioning=false)`;

/** A file of LazySimpleSerDe: fields between separators, nothing quoted, what does not fit its type is null (org.apache.hadoop.hive.serde2.lazy). */
export const scanDelimited = (table: ExternalTable, format: DelimitedFormat, file: ExternalFile): FileGroup => {
  const [separator = '\u0001'] = format.separators;
  const fields = table.columns.map((column, index) => delimitedValue(`fields[${index + 1}]`, column.type, format, 1));
  return { files: [file], columns: fields, from: `(SELECT ${split('line', separator, format.escape)} AS fields FROM ${linesOf(file, format.skipLines)})` };
};

/** The parts of a text between separators that are not escaped; escapes stay, as stand-ins. */
const split = (source: string, separator: string, escape: string | undefined): string => {
  if (escape === undefined) return `string_split(${source}, ${literal(separator)})`;
  const marked = `replace(replace(${source}, ${literal(escape + escape)}, ${literal(ESCAPED_ESCAPE)}), ${literal(escape + separator)}, ${literal(ESCAPED_SEPARATOR)})`;
  return `list_transform(string_split(${marked}, ${literal(separator)}), part -> replace(replace(part, ${literal(ESCAPED_SEPARATOR)}, ${literal(escape + separator)}), ${literal(ESCAPED_ESCAPE)}, ${literal(escape + escape)}))`;
};

const unescapedText = (source: string, escape: string | undefined): string => {
  if (escape === undefined) return source;
  const one = escape.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `regexp_replace(${source}, ${literal(`${one}(.)`)}, '\\1', 'gs')`;
};

/** A field, or a part of one at a deeper level of separators, as a value of the type. */
const delimitedValue = (value: string, type: HiveType, format: DelimitedFormat, level: number): string => {
  const present = `nullif(${value}, ${literal(format.nullText)})`;
  if (type.kind !== 'array' && type.kind !== 'map' && type.kind !== 'struct') return lenient(unescapedText(present, format.escape), type);
  const source = `v${level}`;
  return bound(present, source, `CASE WHEN ${source} IS NULL THEN NULL ELSE ${collection(source, type, format, level)} END`);
};

const collection = (source: string, type: HiveType & { kind: 'array' | 'map' | 'struct' }, format: DelimitedFormat, level: number): string => {
  const item = `i${level}`;
  const parts = split(source, format.separators[level] ?? LAST_SEPARATOR, format.escape);
  if (type.kind === 'array') return `CASE WHEN ${source} = '' THEN [] ELSE list_transform(${parts}, ${item} -> ${delimitedValue(item, type.element, format, level + 1)}) END`;
  if (type.kind === 'map') {
    const pair = split(item, format.separators[level + 1] ?? LAST_SEPARATOR, format.escape);
    const entry = `{'k': ${delimitedValue(`${pair}[1]`, type.key, format, level + 2)}, 'v': ${delimitedValue(`${pair}[2]`, type.value, format, level + 2)}}`;
    return `CASE WHEN ${source} = '' THEN MAP {} ELSE map_from_entries(list_filter(list_transform(${parts}, ${item} -> ${entry}), entry -> entry.k IS NOT NULL)) END`;
  }
  const fields = type.fields.map((field, index) => `${literal(field.name)}: ${delimitedValue(`${item}[${index + 1}]`, field.type, format, level + 1)}`);
  return bound(parts, item, `{${fields.join(', ')}}`);
};

const LAST_SEPARATOR = '\u0008';

const INTEGERS: readonly PrimitiveName[] = ['tinyint', 'smallint', 'int', 'bigint'];

/** A text as a value of the type, null where it is none; whole numbers lose their decimals, as in Hive. */
const lenient = (source: string, type: HiveType): string => {
  if (type.kind === 'text') return `left(${source}, ${type.length})`;
  if (type.kind !== 'primitive') return `TRY_CAST(${source} AS ${duckText(type)})`;
  if (type.name === 'string') return source;
  if (type.name === 'binary') return `TRY(from_base64(${source}))`;
  if (type.name === 'boolean') return `CASE lower(${source}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
  if (type.name === 'timestamp') return `date_trunc('milliseconds', TRY_CAST(${source} AS TIMESTAMP))`;
  if (INTEGERS.includes(type.name)) return `TRY_CAST(regexp_extract(${source}, '^([+-]?\\d+)(\\.\\d*)?$', 1) AS ${duckText(type)})`;
  return `TRY_CAST(${source} AS ${duckText(type)})`;
};

/** A file of OpenCSVSerde: quoted fields; text but for a few types (https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html). */
export const scanCsv = (table: ExternalTable, format: CsvFormat, file: ExternalFile): FileGroup => {
  const names = table.columns.map((_column, index) => `field${index}`);
  const options = [
    `columns={${names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`,
    `delim=${literal(format.separator)}`,
    `quote=${literal(format.quote)}`,
    `escape=${literal(format.escape)}`,
    `nullstr=${literal(NEVER_NULL)}`,
    `skip=${format.skipLines}`,
    // Fields beyond the table's columns are left out, those a line has not are null.
    'strict_mode=false',
    'null_padding=true',
    'header=false',
    'auto_detect=false',
    'hive_partitioning=false',
  ];
  const columns = table.columns.map((column, index) => csvValue(identifier(`field${index}`), index, column.type));
  return { files: [file], columns, from: `read_csv(${literal(file.file)}, ${options.join(', ')})` };
};

/** Numbers must be numbers; dates are days since 1970, timestamps milliseconds since then. */
const csvValue = (source: string, index: number, type: HiveType): string => {
  if (type.kind === 'primitive' && type.name === 'string') return source;
  if (type.kind === 'text') return `left(${source}, ${type.length})`;
  const parsed = csvNumber(source, type);
  const wrong = failed('HIVE_BAD_DATA', `'Error parsing field value ''' || ${source} || ''' for field ${index}: For input string: "' || ${source} || '"'`);
  return `CASE WHEN ${source} IS NULL THEN NULL ELSE coalesce(${parsed}, CAST(${wrong} AS ${duckText(type)})) END`;
};

const csvNumber = (source: string, type: HiveType): string => {
  if (type.kind === 'primitive' && type.name === 'date') return `TRY_CAST(DATE '1970-01-01' + TRY_CAST(${source} AS INTEGER) AS DATE)`;
  if (type.kind === 'primitive' && type.name === 'timestamp') return `TRY(epoch_ms(TRY_CAST(${source} AS BIGINT)))`;
  // Java's parseBoolean: all but `true` is false.
  if (type.kind === 'primitive' && type.name === 'boolean') return `(lower(${source}) = 'true')`;
  return `TRY_CAST(${source} AS ${duckText(type)})`;
};

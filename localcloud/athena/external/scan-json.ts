import type { HiveType } from '../hive-types.ts';
import { duckText } from '../hive-types.ts';
import type { ExternalTable, JsonFormat } from './external-table.ts';
import type { ExternalFile } from './list-files.ts';
import { failed } from './row-failure.ts';
import type { FileGroup } from './scan-parquet.ts';
import { bound, literal } from './sql-text.ts';

/** A file of JSON lines, read as the OpenX or Hive JSON SerDe does. */
export const scanJson = (table: ExternalTable, format: JsonFormat, file: ExternalFile): FileGroup => {
  const columns = table.columns.map((column, index) => {
    const key = format.mapping.get(column.name);
    const source = memberOf('json', key ?? column.name, key !== undefined || !format.caseInsensitive, format.dotsInKeys);
    return jsonValue(source, column.type, { format, index, depth: 0 });
  });
  const ignored = format.ignoreMalformed ? ', ignore_errors=true' : '';
  return { files: [file], columns, from: `read_json_objects(${literal(file.file)}, format='newline_delimited'${ignored})` };
};

interface Place {
  format: JsonFormat;
  /** Of the column, for messages. */
  index: number;
  depth: number;
}

/** A member of an object by its key; JSON's null where there is none. */
const memberOf = (object: string, key: string, exact: boolean, dotsInKeys: boolean): string => {
  const direct = pointed(object, literal(key));
  if (exact) return direct;
  const normal = dotsInKeys ? `replace(lower(k), '.', '_')` : 'lower(k)';
  const searched = pointed(object, `list_filter(json_keys(${object}), k -> ${normal} = ${literal(key.toLowerCase())})[-1]`);
  // Most keys are in lower case: the others are looked for only where there is none.
  return `coalesce(${direct}, CASE WHEN json_type(${object}) = 'OBJECT' THEN ${searched} END)`;
};

/** By a JSON pointer (RFC 6901), whose only special characters are `~` and `/`. */
const pointed = (object: string, key: string): string => `json_extract(${object}, '/' || replace(replace(${key}, '~', '~0'), '/', '~1'))`;

/** A JSON value as a value of the type. */
const jsonValue = (value: string, type: HiveType, place: Place): string => {
  const source = `v${place.depth}`;
  const item = `i${place.depth}`;
  const deeper: Place = { ...place, depth: place.depth + 1 };
  return bound(value, source, `CASE WHEN coalesce(json_type(${source}), 'NULL') = 'NULL' THEN NULL ELSE ${presentValue(source, item, type, deeper)} END`);
};

const presentValue = (source: string, item: string, type: HiveType, place: Place): string => {
  switch (type.kind) {
    case 'array':
      return nested(source, type, 'ARRAY', `list_transform(CAST(${source} AS JSON[]), ${item} -> ${jsonValue(item, type.element, place)})`, place);
    case 'map': {
      const entry = `{'k': ${jsonScalar(item, type.key, place, item)}, 'v': ${jsonValue(pointed(source, item), type.value, place)}}`;
      return nested(source, type, 'OBJECT', `map_from_entries(list_transform(json_keys(${source}), ${item} -> ${entry}))`, place);
    }
    case 'struct': {
      const fields = type.fields.map((field) => `${literal(field.name)}: ${jsonValue(memberOf(source, field.name, false, place.format.dotsInKeys), field.type, place)}`);
      return nested(source, type, 'OBJECT', `{${fields.join(', ')}}`, place);
    }
    default:
      return scalarOf(source, type, place);
  }
};

const nested = (source: string, type: HiveType, jsonType: 'ARRAY' | 'OBJECT', read: string, place: Place): string =>
  `CASE WHEN json_type(${source}) = '${jsonType}' THEN ${read} ELSE CAST(${wrongValue(source, place)} AS ${duckText(type)}) END`;

/** The text is Athena's for a field of the wrong type; what stands behind the colon is its reader's own there. */
const wrongValue = (source: string, place: Place): string => {
  const text = `CAST(${source} AS VARCHAR)`;
  // A nested type cannot be cast from a number: the failure goes through text.
  return `CAST(${failed('HIVE_BAD_DATA', `'Error parsing field value ''' || ${text} || ''' for field ${place.index}: wrong type'`)} AS VARCHAR)`;
};

const scalarOf = (source: string, type: HiveType, place: Place): string => {
  const isText = (type.kind === 'primitive' && type.name === 'string') || type.kind === 'text';
  // OpenX gives the JSON text of what is no scalar; Hive's SerDe fails on it.
  const structured = isText && place.format.serde === 'openx' ? `CAST(${source} AS VARCHAR)` : `CAST(${wrongValue(source, place)} AS ${duckText(type)})`;
  return `CASE WHEN json_type(${source}) IN ('OBJECT', 'ARRAY') THEN ${structured} ELSE ${jsonScalar(`(${source} ->> '$')`, type, place, source)} END`;
};

const jsonScalar = (text: string, type: HiveType, place: Place, source: string): string => {
  if (type.kind === 'text') return `left(${text}, ${type.length})`;
  if (type.kind === 'primitive') {
    if (type.name === 'string') return text;
    // Java's parseBoolean: all but `true` is false.
    if (type.name === 'boolean') return `(lower(${text}) = 'true')`;
    if (type.name === 'binary') return `TRY(from_base64(${text}))`;
    if (type.name === 'timestamp') return strict(`date_trunc('milliseconds', TRY_CAST(${text} AS TIMESTAMP))`, type, place, source);
  }
  return strict(`TRY_CAST(${text} AS ${duckText(type)})`, type, place, source);
};

const strict = (parsed: string, type: HiveType, place: Place, source: string): string => `coalesce(${parsed}, CAST(${wrongValue(source, place)} AS ${duckText(type)}))`;

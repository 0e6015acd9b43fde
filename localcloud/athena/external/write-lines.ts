import type { HiveType } from '../hive-types.ts';
import type { ExternalColumn } from './external-table.ts';
import { identifier, literal } from './sql-text.ts';

/** How lines of fields are written; the separators as in reading them. */
export interface DelimitedText {
  separators: readonly string[];
  escape: string | undefined;
  nullText: string;
}

const LAST_SEPARATOR = '\u0008';

/** A row as a line of LazySimpleSerDe. `columns` are columns of what the expression is evaluated over. */
export const delimitedLine = (columns: readonly ExternalColumn[], text: DelimitedText): string =>
  joined(columns.map((column) => fieldText(identifier(column.name), column.type, text, 1)), text.separators[0] ?? '\u0001');

const joined = (parts: readonly string[], separator: string): string => parts.join(` || ${literal(separator)} || `);

/** Never NULL: a null is the null text. */
const fieldText = (source: string, type: HiveType, text: DelimitedText, level: number): string => `coalesce(${presentText(source, type, text, level)}, ${literal(text.nullText)})`;

const presentText = (source: string, type: HiveType, text: DelimitedText, level: number): string => {
  const separator = text.separators[level] ?? LAST_SEPARATOR;
  const item = `i${level}`;
  switch (type.kind) {
    case 'array':
      return `array_to_string(list_transform(${source}, ${item} -> ${fieldText(item, type.element, text, level + 1)}), ${literal(separator)})`;
    case 'map': {
      const between = text.separators[level + 1] ?? LAST_SEPARATOR;
      const entry = joined([fieldText(`${item}.key`, type.key, text, level + 2), fieldText(`${item}.value`, type.value, text, level + 2)], between);
      return `array_to_string(list_transform(map_entries(${source}), ${item} -> ${entry}), ${literal(separator)})`;
    }
    case 'struct': {
      const fields = type.fields.map((field) => fieldText(`struct_extract(${source}, ${literal(field.name)})`, field.type, text, level + 1));
      return `CASE WHEN ${source} IS NOT NULL THEN ${joined(fields, separator)} END`;
    }
    default:
      return scalarText(source, type, text);
  }
};

const scalarText = (source: string, type: HiveType, text: DelimitedText): string => {
  if (type.kind === 'primitive' && type.name === 'binary') return `to_base64(${source})`;
  const isText = type.kind === 'text' || (type.kind === 'primitive' && type.name === 'string');
  if (!isText || text.escape === undefined) return `CAST(${source} AS VARCHAR)`;
  const special = [...new Set([...text.separators.slice(0, 3), text.escape])].map((character) => `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`).join('');
  return `regexp_replace(${source}, ${literal(`([${special}])`)}, ${literal(`${text.escape.replace('\\', '\\\\')}\\1`)}, 'g')`;
};

/** A row as a line of JSON, members in the table's order, nulls among them (Trino's writer of Hive's JsonSerDe). */
export const jsonLine = (columns: readonly ExternalColumn[]): string => `CAST(to_json({${columns.map((column) => `${literal(column.name)}: ${jsonMember(identifier(column.name), column.type)}`).join(', ')}}) AS VARCHAR)`;

/** JSON has no NaN and no infinity: they become texts. */
const jsonMember = (source: string, type: HiveType): string => {
  const isFloating = type.kind === 'primitive' && (type.name === 'double' || type.name === 'float');
  if (!isFloating) return source;
  const word = `CASE WHEN isnan(${source}) THEN 'NaN' WHEN ${source} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  return `CASE WHEN ${source} IS NULL OR isfinite(${source}) THEN to_json(${source}) ELSE to_json(${word}) END`;
};

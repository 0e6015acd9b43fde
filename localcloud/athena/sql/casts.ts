import type { ParserRuleContext } from 'antlr4ng';
import {
  ArrayTypeContext,
  DateTimeTypeContext,
  DoublePrecisionTypeContext,
  GenericTypeContext,
  LegacyArrayTypeContext,
  RowTypeContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { TypeContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser';
import type { Translation } from './context.ts';
import { decimalText } from './number-text.ts';
import { fieldAtSql } from './scope.ts';
import type { Typed } from './scope.ts';
import { errorAt, identifierName, notSupported, quoteIdentifier, quoteString } from './tree.ts';
import { parseTypeText } from './type-text.ts';
import { localTime, timestampText } from './time-text.ts';
import { DOUBLE, VARCHAR, array, duckType, fieldName, isIntegral, isNumeric, sameType, timestamp, typeText, zoneOf } from './types.ts';
import type { TrinoType } from './types.ts';

const dateTimeType = (node: DateTimeTypeContext): TrinoType => {
  if (node._base?.text?.toUpperCase() === 'TIME') return { kind: 'time' };
  const precision = Number(node.typeParameter()?.getText() ?? 3);
  if (precision > 6) throw notSupported(node, `Precision ${precision} of a timestamp`);
  return timestamp(precision, node.KW_WITH() !== null);
};

const genericType = (node: GenericTypeContext): TrinoType => {
  const name = identifierName(node.identifier());
  const parameters = node.typeParameter();
  const nested = parameters.map((parameter) => parameter.type());
  const [first, second] = nested;
  if (name === 'array' && first) return array(typeOf(first));
  if (name === 'map' && first && second) return { kind: 'map', key: typeOf(first), value: typeOf(second) };
  if (name === 'varchar' && parameters[0]) return { kind: 'varchar', length: Number(parameters[0].getText()) };
  if (name === 'char' || name === 'string' || name === 'binary' || name === 'struct' || name === 'float' || name === 'array' || name === 'map') {
    if (name === 'char') throw notSupported(node, 'Type char');
    throw errorAt(node, 'TYPE_MISMATCH', `Unknown type: ${name}`);
  }
  const type = parseTypeText(node.getText());
  if (!type) throw errorAt(node, 'TYPE_MISMATCH', `Unknown type: ${name}`);
  return type;
};

/** The type a type's text in a statement stands for. */
export const typeOf = (node: TypeContext): TrinoType => {
  if (node instanceof RowTypeContext) {
    return {
      kind: 'row',
      fields: node.rowField().map((field) => {
        const name = field.identifier();
        return { name: name ? identifierName(name) : undefined, type: typeOf(field.type()) };
      }),
    };
  }
  if (node instanceof ArrayTypeContext || node instanceof LegacyArrayTypeContext) return array(typeOf(node.type()));
  if (node instanceof DoublePrecisionTypeContext) return DOUBLE;
  if (node instanceof DateTimeTypeContext) return dateTimeType(node);
  if (node instanceof GenericTypeContext) return genericType(node);
  throw notSupported(node, `Type ${node.getText()}`);
};

/** Behind a time: an offset, or a zone's name. */
const ZONE = '(?:\\s*(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)|\\s(?:UTC|GMT|UT|[A-Za-z_]+(?:/[A-Za-z_]+)+))?';

/** Text that may be cast, and the words of the error where it may not: what Trino's casts from varchar accept. */
const TEXT_FORMS: Record<string, { pattern: string; before: string; after: string }> = {
  integer: { pattern: '[+-]?[0-9]+', before: `Cannot cast '`, after: `' to INT` },
  bigint: { pattern: '[+-]?[0-9]+', before: `Cannot cast '`, after: `' to BIGINT` },
  smallint: { pattern: '[+-]?[0-9]+', before: `Cannot cast '`, after: `' to SMALLINT` },
  tinyint: { pattern: '[+-]?[0-9]+', before: `Cannot cast '`, after: `' to TINYINT` },
  double: { pattern: '\\s*([+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?Infinity|NaN)\\s*', before: `Cannot cast '`, after: `' to DOUBLE` },
  real: { pattern: '\\s*([+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?Infinity|NaN)\\s*', before: `Cannot cast '`, after: `' to REAL` },
  decimal: { pattern: '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?', before: `Cannot cast VARCHAR '`, after: `' to DECIMAL. Value is not a number.` },
  date: { pattern: '\\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\\s*', before: 'Value cannot be cast to date: ', after: '' },
  timestamp: {
    pattern: '\\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]+)?)?)?\\s*',
    before: 'Value cannot be cast to timestamp: ',
    after: '',
  },
  'timestamp with time zone': {
    pattern: '\\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]+)?)?)?(\\s*(Z|[+-][0-9]{2}(:?[0-9]{2})?)|\\s[A-Za-z_]+(/[A-Za-z_]+)*)?\\s*',
    before: 'Value cannot be cast to timestamp with time zone: ',
    after: '',
  },
};

interface CastOptions {
  /** TRY_CAST: NULL where CAST fails. */
  lenient: boolean;
  node: ParserRuleContext;
  translation: Translation;
}

const formOf = (to: TrinoType): { pattern: string; before: string; after: string } | undefined => TEXT_FORMS[to.kind === 'timestamp' && to.zone ? 'timestamp with time zone' : to.kind];

/** CAST(varchar AS to): the text's form is checked, since DuckDB takes more than Trino does. */
const fromText = (sql: string, to: TrinoType, lenient: boolean): string => {
  const form = formOf(to);
  const target = duckType(to);
  if (!form) return `${lenient ? 'TRY_CAST' : 'CAST'}(${sql} AS ${target})`;
  // A zone behind a timestamp without one is read and left aside.
  const zoned = to.kind === 'timestamp' && !to.zone ? quoteString(`^(${form.pattern.replace(/\\s\*$/, '')})${ZONE}\\s*$`) : undefined;
  const core = (pattern: string): string => `regexp_extract(${sql}, ${pattern}, 1)`;
  const read = (text: string): string => (to.kind === 'timestamp' ? `${to.zone ? 't_text_zoned' : 't_text_timestamp'}(${text})` : `CAST(${text} AS ${target})`);
  if (lenient) return `TRY(${read(`nullif(${core(zoned ?? quoteString(`^(${form.pattern})$`))}, '')`)})`;
  const failure = `t_fail('INVALID_CAST_ARGUMENT', ${quoteString(form.before)} || ${sql} || ${quoteString(form.after)})`;
  return `CASE WHEN regexp_full_match(${sql}, ${quoteString(form.pattern)}) THEN ${read(sql)} WHEN ${sql} IS NULL THEN NULL${zoned === undefined ? '' : ` WHEN regexp_matches(${sql}, ${zoned}) THEN ${read(core(zoned))}`} ELSE CAST(CAST(${failure} AS VARCHAR) AS ${target}) END`;
};

/** A value that may be text: checked by DuckDB's typeof if it is. */
const ofUnknownType = (sql: string, to: TrinoType, lenient: boolean): string => {
  const form = formOf(to);
  if (!form) return sql;
  return lenient ? `t_formed(${sql}, ${quoteString(form.pattern)})` : `t_checked(${sql}, ${quoteString(form.pattern)}, ${quoteString(form.before)}, ${quoteString(form.after)})`;
};

const UNITS_US: Record<number, number> = { 0: 1_000_000, 1: 100_000, 2: 10_000, 3: 1000, 4: 100, 5: 10 };

/** Rounds half up to the target's precision where the value may have more digits. */
const roundTime = (sql: string, to: TrinoType, from: TrinoType | undefined): string => {
  if (to.kind !== 'timestamp') return sql;
  const unit = UNITS_US[to.precision];
  const fits = from?.kind === 'date' || (from?.kind === 'timestamp' && from.precision <= to.precision);
  return unit === undefined || fits ? sql : `${to.zone ? 't_round_zoned' : 't_round_time'}(${sql}, ${unit})`;
};

/** Only text is cut to its length: any other value must fit. */
const fitting = (text: string, length: number, lenient: boolean): string => {
  const otherwise = lenient ? 'NULL' : `CAST(t_fail('INVALID_CAST_ARGUMENT', 'Value ' || ${text} || ' cannot be represented as varchar(${length})') AS VARCHAR)`;
  return `CASE WHEN length(${text}) > ${length} THEN ${otherwise} ELSE ${text} END`;
};

const toText = (value: Typed, to: TrinoType, { node, lenient }: CastOptions): string => {
  const { sql, type } = value;
  const limit = to.kind === 'varchar' ? to.length : undefined;
  const cut = (text: string): string => (limit === undefined ? text : type?.kind === 'varchar' || !type ? `left(${text}, ${limit})` : fitting(text, limit, lenient));
  if (!type) return cut(`t_varchar(${sql})`);
  switch (type.kind) {
    case 'varchar':
      return cut(sql);
    case 'double':
    case 'real':
      return cut(`t_double_text(${sql})`);
    case 'timestamp':
      return cut(timestampText(sql, type));
    case 'json':
      return cut(`t_json_text(${sql})`);
    case 'array':
    case 'map':
    case 'row':
    case 'varbinary':
      throw errorAt(node, 'TYPE_MISMATCH', `Cannot cast ${typeText(type)} to ${typeText(to)}`);
    case 'decimal':
      return cut(decimalText(sql, type));
    case 'interval day to second':
      return cut(`t_day_time_text(${sql})`);
    case 'interval year to month':
      return cut(`t_year_month_text(${sql})`);
    default:
      return cut(`CAST(${sql} AS VARCHAR)`);
  }
};

/** The shape from_json wants: `[{"sku":"VARCHAR","qty":"INTEGER"}]`. */
const jsonShape = (type: TrinoType): unknown => {
  if (type.kind === 'array') return [jsonShape(type.element)];
  if (type.kind === 'row') return Object.fromEntries(type.fields.map((field, index) => [fieldName(field, index), jsonShape(field.type)]));
  return duckType(type);
};

const FROM_JSON = ['boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'real', 'double', 'decimal', 'varchar', 'json'];

/** io.trino.util.JsonUtil.canCastFromJson */
const canComeFromJson = (type: TrinoType): boolean => {
  if (type.kind === 'array') return canComeFromJson(type.element);
  if (type.kind === 'map') return FROM_JSON.includes(type.key.kind) && type.key.kind !== 'json' && canComeFromJson(type.value);
  if (type.kind === 'row') return type.fields.every((field) => canComeFromJson(field.type));
  return FROM_JSON.includes(type.kind);
};

/** The document is given the type's form first (row-functions/json-cast.ts): DuckDB gives NULL for what does not fit. */
const fromJson = (sql: string, to: TrinoType, { lenient, node }: CastOptions): string => {
  if (to.kind === 'json') return sql;
  if (!canComeFromJson(to)) throw errorAt(node, 'TYPE_MISMATCH', `Cannot cast json to ${typeText(to)}`);
  const fitted = `t_js_json_cast(CAST(${sql} AS VARCHAR), ${quoteString(JSON.stringify(to))})`;
  const value = `from_json(${fitted}, ${quoteString(JSON.stringify(jsonShape(to)))})`;
  return lenient ? `TRY(${value})` : value;
};

const NO_JSON = ['varbinary', 'uuid', 'time', 'interval day to second', 'interval year to month'];

/** A value's JSON as Trino writes it: keys in order, decimals with their digits, doubles as Java prints them. */
const jsonText = (sql: string, type: TrinoType, options: CastOptions): string => {
  const inner = (name: string, element: TrinoType): string => `lambda ${name}: coalesce(${jsonText(name, element, options)}, 'null')`;
  switch (type.kind) {
    case 'json':
      return `CAST(${sql} AS VARCHAR)`;
    case 'double':
    case 'real':
      return `t_js_json_number(CAST(${sql} AS VARCHAR))`;
    case 'decimal':
      return decimalText(sql, type);
    case 'varchar':
      return `CAST(to_json(${sql}) AS VARCHAR)`;
    case 'array': {
      const name = quoteIdentifier(options.translation.freshName());
      return `('[' || array_to_string(list_transform(${sql}, ${inner(name, type.element)}), ',') || ']')`;
    }
    case 'map': {
      const name = quoteIdentifier(options.translation.freshName());
      const key = castSql({ sql: `${name}.key`, type: type.key }, VARCHAR, options);
      const entry = `struct_pack(k := ${key}, v := coalesce(${jsonText(`${name}.value`, type.value, options)}, 'null'))`;
      return `('{' || array_to_string(list_transform(list_sort(list_transform(map_entries(${sql}), lambda ${name}: ${entry})), lambda ${name}: CAST(to_json(${name}.k) AS VARCHAR) || ':' || ${name}.v), ',') || '}')`;
    }
    case 'row': {
      const fields = type.fields.map((field, index) => `${quoteString(`${JSON.stringify(field.name ?? '')}:`)} || coalesce(${jsonText(fieldAtSql(sql, index), field.type, options)}, 'null')`);
      return `CASE WHEN ${sql} IS NOT NULL THEN '{' || ${fields.join(` || ',' || `)} || '}' END`;
    }
    case 'timestamp':
      return `('"' || ${timestampText(sql, type)} || '"')`;
    case 'date':
      return `('"' || CAST(${sql} AS VARCHAR) || '"')`;
    default:
      return `CAST(${sql} AS VARCHAR)`;
  }
};

const canBecomeJson = (type: TrinoType): boolean => {
  if (type.kind === 'array') return canBecomeJson(type.element);
  if (type.kind === 'map') return ['boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'real', 'double', 'decimal', 'varchar'].includes(type.key.kind) && canBecomeJson(type.value);
  if (type.kind === 'row') return type.fields.every((field) => canBecomeJson(field.type));
  return !NO_JSON.includes(type.kind) && !(type.kind === 'timestamp' && type.zone);
};

const toJson = (value: Typed, options: CastOptions): string => {
  if (!value.type) return `t_json_parse(CAST(to_json(${value.sql}) AS VARCHAR))`;
  if (!canBecomeJson(value.type)) throw errorAt(options.node, 'TYPE_MISMATCH', `Cannot cast ${typeText(value.type)} to json`);
  return `CAST(${jsonText(value.sql, value.type, options)} AS JSON)`;
};

const toNumber = (value: Typed, to: TrinoType, { lenient, node }: CastOptions): string => {
  const { sql, type } = value;
  const cast = lenient ? 'TRY_CAST' : 'CAST';
  if (type && !isNumeric(type) && type.kind !== 'boolean') throw errorAt(node, 'TYPE_MISMATCH', `Cannot cast ${typeText(type)} to ${typeText(to)}`);
  if (isIntegral(to) && !type) {
    const whole = lenient ? `TRY(t_bigint(${sql}))` : `t_bigint(${sql})`;
    return to.kind === 'bigint' ? whole : `${cast}(${whole} AS ${duckType(to)})`;
  }
  if (!type) return `${cast}(${ofUnknownType(sql, to, lenient)} AS ${duckType(to)})`;
  const rounds = isIntegral(to) && (type.kind === 'double' || type.kind === 'real' || type.kind === 'decimal');
  return `${cast}(${rounds ? `round(${sql}${type.kind === 'decimal' ? ', 0' : ''})` : sql} AS ${duckType(to)})`;
};

const toTime = (value: Typed, to: TrinoType, { lenient, node }: CastOptions): string => {
  const { sql, type } = value;
  const cast = lenient ? 'TRY_CAST' : 'CAST';
  if (!type) return roundTime(`${cast}(${ofUnknownType(sql, to, lenient)} AS ${duckType(to)})`, to, undefined);
  if (type.kind === 'timestamp' && type.zone && !(to.kind === 'timestamp' && to.zone)) return roundTime(`${cast}(${value.local ?? localTime(sql, zoneOf(type))} AS ${duckType(to)})`, to, type);
  if (type.kind !== 'date' && type.kind !== 'timestamp') throw errorAt(node, 'TYPE_MISMATCH', `Cannot cast ${typeText(type)} to ${typeText(to)}`);
  return roundTime(`${cast}(${sql} AS ${duckType(to)})`, to, type);
};

const castNested = (value: Typed, to: TrinoType, options: CastOptions): string => {
  const { sql, type } = value;
  // One element that cannot be cast makes the whole value NULL.
  if (options.lenient && type) return `TRY(${castNested(value, to, { ...options, lenient: false })})`;
  if (!type || (sameType(type, to) && namesFit(type, to))) return `${options.lenient ? 'TRY_CAST' : 'CAST'}(${sql} AS ${duckType(to)})`;
  if (type.kind === 'array' && to.kind === 'array') {
    const name = quoteIdentifier(options.translation.freshName());
    return `list_transform(${sql}, lambda ${name}: ${castSql({ sql: name, type: type.element }, to.element, options)})`;
  }
  if (type.kind === 'row' && to.kind === 'row') return castRow(sql, type, to, options);
  if (type.kind === 'map' && to.kind === 'map') return castMap(sql, type, to, options);
  throw errorAt(options.node, 'TYPE_MISMATCH', `Cannot cast ${typeText(type)} to ${typeText(to)}`);
};

/** Whether DuckDB, which casts rows by the names of their fields, does what Trino does by their places. */
const namesFit = (from: TrinoType, to: TrinoType): boolean => {
  if (from.kind === 'array' && to.kind === 'array') return namesFit(from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map') return namesFit(from.key, to.key) && namesFit(from.value, to.value);
  if (from.kind !== 'row' || to.kind !== 'row') return true;
  return from.fields.every((field, index) => {
    const other = to.fields[index];
    return other !== undefined && field.name !== undefined && field.name === other.name && namesFit(field.type, other.type);
  });
};

const hasRow = (type: TrinoType): boolean => type.kind === 'row' || (type.kind === 'array' && hasRow(type.element)) || (type.kind === 'map' && (hasRow(type.key) || hasRow(type.value)));

const castMap = (sql: string, from: TrinoType & { kind: 'map' }, to: TrinoType & { kind: 'map' }, options: CastOptions): string => {
  if (!hasRow(from.key) && !hasRow(from.value)) return `${options.lenient ? 'TRY_CAST' : 'CAST'}(${sql} AS ${duckType(to)})`;
  const name = quoteIdentifier(options.translation.freshName());
  const part = (field: string, source: TrinoType, target: TrinoType): string => `${field} := ${castSql({ sql: `${name}.${field}`, type: source }, target, options)}`;
  return `map_from_entries(list_transform(map_entries(${sql}), lambda ${name}: struct_pack(${part('key', from.key, to.key)}, ${part('value', from.value, to.value)})))`;
};

/**
 * A value as it is written to a column: rows go by the places of their fields, whatever their names. Anything else is left to the
 * writer's cast; undefined where nothing needs to be done.
 */
export const placedIn = (value: Typed, to: TrinoType | undefined, options: Omit<CastOptions, 'lenient'>): string | undefined => {
  if (!to || !value.type || value.type.kind === 'unknown' || !hasRow(to) || (sameType(value.type, to) && namesFit(value.type, to))) return undefined;
  return castNested(value, to, { ...options, lenient: false });
};

const castRow = (sql: string, from: TrinoType & { kind: 'row' }, to: TrinoType & { kind: 'row' }, options: CastOptions): string => {
  if (from.fields.length !== to.fields.length) throw errorAt(options.node, 'TYPE_MISMATCH', `Cannot cast ${typeText(from)} to ${typeText(to)}`);
  const fields = to.fields.map((field, index) => {
    const source = from.fields[index];
    if (!source) throw new Error('rows of equal length');
    return `${quoteIdentifier(fieldName(field, index))} := ${castSql({ sql: fieldAtSql(sql, index), type: source.type }, field.type, options)}`;
  });
  return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
};

/** CAST and TRY_CAST as Trino does them, as far as the value's type is known. Throws TYPE_MISMATCH where no cast exists. */
export const castSql = (value: Typed, to: TrinoType, options: CastOptions): string => {
  const { type } = value;
  if (type?.kind === 'unknown') return `CAST(NULL AS ${duckType(to)})`;
  if (type?.kind === 'json') return fromJson(value.sql, to, options);
  if (to.kind === 'json') return toJson(value, options);
  if (to.kind === 'varchar') return toText(value, to, options);
  if (type?.kind === 'varchar') return castText(value, to, options);
  if (isNumeric(to)) return toNumber(value, to, options);
  if (to.kind === 'date' || to.kind === 'timestamp') return toTime(value, to, options);
  if (to.kind === 'array' || to.kind === 'map' || to.kind === 'row') return castNested(value, to, options);
  if (type && type.kind !== to.kind && !(to.kind === 'boolean' && isNumeric(type))) throw errorAt(options.node, 'TYPE_MISMATCH', `Cannot cast ${typeText(type)} to ${typeText(to)}`);
  return `${options.lenient ? 'TRY_CAST' : 'CAST'}(${value.sql} AS ${duckType(to)})`;
};

const castText = (value: Typed, to: TrinoType, options: CastOptions): string => {
  if (to.kind === 'boolean') return options.lenient ? `TRY(t_boolean(${value.sql}))` : `t_boolean(${value.sql})`;
  if (to.kind === 'varbinary') return `encode(${value.sql})`;
  if (to.kind === 'array' || to.kind === 'map' || to.kind === 'row') throw errorAt(options.node, 'TYPE_MISMATCH', `Cannot cast varchar to ${typeText(to)}`);
  return roundTime(fromText(value.sql, to, options.lenient), to, undefined);
};

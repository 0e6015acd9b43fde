import { SqlError } from './errors.ts';
import type { SqlErrorName } from './errors.ts';

/** Our own failures travel through DuckDB as the text of a cast that cannot succeed (macros.ts). */
const OWN_FAILURE = /TRINO~([A-Z_]+)~([\s\S]*?)~END/;

interface Wording {
  pattern: RegExp;
  name: SqlErrorName;
  text: (match: RegExpExecArray) => string;
}

/** DuckDB's errors that a statement or its data can cause. What is not here is a defect of this engine. */
const WORDINGS: readonly Wording[] = [
  { pattern: /Table "(.+?)" does not have a column named "(.+?)"/, name: 'COLUMN_NOT_FOUND', text: ([, table, column]) => `Column '${table ?? ''}.${column ?? ''}' cannot be resolved` },
  { pattern: /Referenced column "(.+?)" not found/, name: 'COLUMN_NOT_FOUND', text: ([, column]) => `Column '${column ?? ''}' cannot be resolved` },
  { pattern: /Column "(.+?)" referenced that exists in the SELECT clause/, name: 'COLUMN_NOT_FOUND', text: ([, column]) => `Column '${column ?? ''}' cannot be resolved` },
  { pattern: /Referenced table "(.+?)" not found/, name: 'COLUMN_NOT_FOUND', text: ([, table]) => `Column '${table ?? ''}' cannot be resolved` },
  { pattern: /Ambiguous reference to column name "(.+?)"/, name: 'AMBIGUOUS_NAME', text: ([, column]) => `Column '${column ?? ''}' is ambiguous` },
  { pattern: /column "?(.+?)"? must appear in the GROUP BY clause/i, name: 'EXPRESSION_NOT_AGGREGATE', text: ([, column]) => `'${column ?? ''}' must be an aggregate expression or appear in GROUP BY clause` },
  { pattern: /(WHERE|GROUP BY|HAVING|JOIN) clause cannot contain (?:aggregates|window)/, name: 'EXPRESSION_NOT_SCALAR', text: ([, clause]) => `${clause ?? ''} clause cannot contain aggregations, window functions or grouping operations` },
  { pattern: /More than one row returned by a subquery/, name: 'SUBQUERY_MULTIPLE_ROWS', text: () => 'Scalar sub-query has returned multiple rows' },
  { pattern: /Overflow on abs\((-?\d+)\)/, name: 'NUMERIC_VALUE_OUT_OF_RANGE', text: ([, value]) => `Value ${value ?? ''} is out of range for abs` },
  { pattern: /Overflow in negation of numeric value/, name: 'NUMERIC_VALUE_OUT_OF_RANGE', text: () => 'negation overflow' },
  { pattern: /Overflow in (?:addition|subtraction|multiplication) of DECIMAL/, name: 'NUMERIC_VALUE_OUT_OF_RANGE', text: () => 'Decimal overflow' },
  { pattern: /Type (?:DOUBLE|FLOAT) with value (\S+) can't be cast .*? destination type (\w+)/s, name: 'INVALID_CAST_ARGUMENT', text: ([, value, type]) => `Unable to cast ${value === 'nan' ? 'NaN' : (value ?? '')} to ${TYPE_NAMES[type ?? ''] ?? (type ?? '').toLowerCase()}` },
  { pattern: /The initial value type must be the same as the list child type/, name: 'NOT_SUPPORTED', text: () => 'reduce with a state of another type than the elements, where the types are not known beforehand, is not supported locally' },
  { pattern: /Invalid UTF8 Codepoint (-?\d+)/, name: 'INVALID_FUNCTION_ARGUMENT', text: ([, code]) => `Not a valid Unicode code point: ${code ?? ''}` },
  { pattern: /Argument for ntile must be greater than zero/, name: 'INVALID_FUNCTION_ARGUMENT', text: () => 'Buckets must be greater than 0' },
  { pattern: /Map keys can not be NULL/, name: 'INVALID_FUNCTION_ARGUMENT', text: () => 'map key cannot be null' },
  { pattern: /ORDER term out of range/, name: 'INVALID_COLUMN_REFERENCE', text: () => 'ORDER BY position is not in select list' },
  { pattern: /GROUP BY term out of range/, name: 'INVALID_COLUMN_REFERENCE', text: () => 'GROUP BY position is not in select list' },
  { pattern: /Unknown TimeZone 'several zones'/, name: 'NOT_SUPPORTED', text: () => 'The local time of a value that may be of several time zones is not supported locally' },
  { pattern: /Unknown TimeZone '(.*?)'/, name: 'INVALID_FUNCTION_ARGUMENT', text: ([, zone]) => `'${zone ?? ''}' is not a valid time zone` },
  { pattern: /invalid (?:perl operator|escape sequence|character class range)|bad repetition/, name: 'NOT_SUPPORTED', text: (match) => `This form of regular expression (${match[0]}) is not supported locally` },
  { pattern: /Overflow in (\w+) of (\w+) \((.+?)\)/, name: 'NUMERIC_VALUE_OUT_OF_RANGE', text: ([, operation, type, values]) => `${TYPE_NAMES[type ?? ''] ?? (type ?? '').toLowerCase()} ${operation ?? ''} overflow: ${values ?? ''}` },
  { pattern: /Casting value "(.+?)" to type DECIMAL\((\d+),(\d+)\) failed/, name: 'INVALID_CAST_ARGUMENT', text: ([, value, precision, scale]) => `Cannot cast '${value ?? ''}' to DECIMAL(${precision ?? ''}, ${scale ?? ''})` },
  { pattern: /Could not cast value (.+?) to DECIMAL\((\d+),(\d+)\)/, name: 'INVALID_CAST_ARGUMENT', text: ([, value, precision, scale]) => `Cannot cast '${value ?? ''}' to DECIMAL(${precision ?? ''}, ${scale ?? ''})` },
  { pattern: /Could not convert string ['"]([\s\S]*?)['"] to (\w+(?:\(\d+,\d+\))?)/, name: 'INVALID_CAST_ARGUMENT', text: ([, value, type]) => `Cannot cast '${value ?? ''}' to ${(TYPE_NAMES[type ?? ''] ?? type ?? '').toUpperCase().replace(',', ', ')}` },
  { pattern: /Type (\w+) with value (.+?) can't be cast .*? destination type (\w+)/s, name: 'NUMERIC_VALUE_OUT_OF_RANGE', text: ([, , value, type]) => `Out of range for ${TYPE_NAMES[type ?? ''] ?? (type ?? '').toLowerCase()}: ${value ?? ''}` },
  { pattern: /Failed to cast decimal value (\S+) to type (\w+)/, name: 'INVALID_CAST_ARGUMENT', text: ([, value, type]) => `Cannot cast '${value ?? ''}' to ${(TYPE_NAMES[type ?? ''] ?? type ?? '').toUpperCase()}` },
  { pattern: /(?:invalid timestamp field format|timestamp field value out of range): "(.+?)"/, name: 'INVALID_CAST_ARGUMENT', text: ([, value]) => `Value cannot be cast to timestamp: ${value ?? ''}` },
  { pattern: /(?:invalid date field format|date field value out of range): "(.+?)"/, name: 'INVALID_CAST_ARGUMENT', text: ([, value]) => `Value cannot be cast to date: ${value ?? ''}` },
  { pattern: /Could not parse string "(.+?)" according to format specifier/, name: 'INVALID_FUNCTION_ARGUMENT', text: ([, value]) => `Invalid format: "${value ?? ''}"` },
  { pattern: /Malformed JSON/, name: 'INVALID_FUNCTION_ARGUMENT', text: () => 'Cannot convert value to JSON' },
  { pattern: /Cannot (?:compare|mix) values of type (\S+) (?:and|with)(?: values of)?(?: type)? (\S+)/, name: 'TYPE_MISMATCH', text: ([, left, right]) => `Cannot apply operator: ${(left ?? '').toLowerCase()} = ${(right ?? '').toLowerCase()}` },
  { pattern: /No function matches the given name and argument types '(.+?)'/, name: 'FUNCTION_NOT_FOUND', text: ([, call]) => `Unexpected parameters: ${call ?? ''}` },
  { pattern: /Invalid input for hex digit|could not convert blob to UTF8 string|missing [)\]]|unexpected \)/, name: 'INVALID_FUNCTION_ARGUMENT', text: (match) => match[0] },
  { pattern: /Insufficient padding in|Strings must be of equal length|map key list does not align/, name: 'INVALID_FUNCTION_ARGUMENT', text: (match) => match[0] },
  { pattern: /aggregate function calls cannot be nested/, name: 'NESTED_AGGREGATION', text: () => 'Cannot nest aggregations inside aggregation' },
  { pattern: /Map keys must be unique/, name: 'INVALID_FUNCTION_ARGUMENT', text: () => 'Duplicate map keys are not allowed' },
  // Files are what the engine's own checks let through: of Parquet, an Iceberg table's; compressed text, an external table's. Texts not confirmed.
  { pattern: /No files found that match the pattern "(.+?)"/, name: 'ICEBERG_CANNOT_OPEN_SPLIT', text: ([, file]) => `Error opening Iceberg split: there is no file ${file ?? ''}` },
  { pattern: /(?:No magic bytes found|too small to be a Parquet file|Footer length error|[Dd]on't know what type|TProtocolException)[^\n]*/, name: 'ICEBERG_BAD_DATA', text: ([found]) => `Malformed Parquet file: ${found}` },
  { pattern: /Input is not a GZIP stream: (.+)/, name: 'HIVE_CURSOR_ERROR', text: ([, file]) => `Not in GZIP format: ${file ?? ''}` },
  { pattern: /Max expression depth limit/, name: 'STATEMENT_TOO_LARGE', text: () => 'statement is too large (stack overflow during analysis)' },
  { pattern: /Out of Memory Error/, name: 'EXCEEDED_LOCAL_MEMORY_LIMIT', text: () => 'Query exceeded the local memory limit' },
];

/** What DuckDB puts before the reason when a result that is read while it is computed fails. */
const STREAM_PREFIX = /^Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\s+Error: /;

const TYPE_NAMES: Record<string, string> = { INT8: 'tinyint', INT16: 'smallint', INT32: 'integer', INT64: 'bigint', INT128: 'bigint', BOOL: 'boolean' };

const NAMES = new Set<string>([
  'TYPE_MISMATCH', 'INVALID_FUNCTION_ARGUMENT', 'INVALID_CAST_ARGUMENT', 'DIVISION_BY_ZERO', 'NOT_SUPPORTED', 'NUMERIC_VALUE_OUT_OF_RANGE', 'FUNCTION_NOT_FOUND',
] satisfies SqlErrorName[]);

const isName = (text: string): text is SqlErrorName => NAMES.has(text);

/** What DuckDB threw while it ran a translated statement, in Trino's words; GENERIC_INTERNAL_ERROR where no data could have caused it. */
export const translateError = (error: unknown): SqlError => {
  if (error instanceof SqlError) return error;
  const message = (error instanceof Error ? error.message : String(error)).replace(STREAM_PREFIX, '');
  const own = OWN_FAILURE.exec(message);
  if (own && isName(own[1] ?? '')) return new SqlError(own[1] as SqlErrorName, own[2] ?? '', { cause: error });
  for (const { pattern, name, text } of WORDINGS) {
    const match = pattern.exec(message);
    if (match) return new SqlError(name, text(match), { cause: error });
  }
  return new SqlError('GENERIC_INTERNAL_ERROR', message, { cause: error });
};

/** Whose fault it was, as AthenaError.ErrorCategory: 1 the system's, 2 the user's, 3 other. */
export type FailureCategory = 1 | 2 | 3;

/**
 * Why a statement FAILED; `message` is GetQueryExecution's StateChangeReason.
 * Texts of DML begin with Trino's error name; those of DDL come from Hive and do not.
 */
export class AthenaFailure extends Error {
  override readonly name = 'AthenaFailure';
  readonly errorName: string;
  readonly category: FailureCategory;

  constructor(errorName: string, message: string, options: { category?: FailureCategory; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.errorName = errorName;
    this.category = options.category ?? 2;
  }
}

/** A failure in Trino's form: `TYPE_MISMATCH: …`. */
export const trinoFailure = (errorName: string, text: string, options: { category?: FailureCategory; cause?: unknown } = {}): AthenaFailure =>
  new AthenaFailure(errorName, `${errorName}: ${text}`, options);

/** A failure in the form of Athena's DDL engine. */
export const ddlFailure = (text: string): AthenaFailure => new AthenaFailure('DDL_ERROR', `FAILED: ${text}`);

/** Athena has it, this cloud has not. */
export const notSupportedLocally = (what: string): AthenaFailure => trinoFailure('NOT_SUPPORTED', `${what} is not supported locally`);

/** The query was stopped. */
export class QueryCancelled extends Error {
  override readonly name = 'QueryCancelled';

  constructor() {
    super('Query cancelled by user');
  }
}

/**
 * AthenaError.ErrorType for Trino's error names. The numbers are AWS's (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html);
 * which of them comes with which error AWS does not say. Those up to FUNCTION_NOT_FOUND were measured by the authors of
 * https://github.com/aoyagikouhei/athena-local; the others follow the catalog's descriptions.
 */
const ERROR_TYPES: Readonly<Record<string, number>> = {
  DIVISION_BY_ZERO: 1001,
  TYPE_MISMATCH: 1002,
  SYNTAX_ERROR: 1006,
  COLUMN_NOT_FOUND: 1006,
  CATALOG_NOT_FOUND: 1006,
  INVALID_CAST_ARGUMENT: 1100,
  NUMERIC_VALUE_OUT_OF_RANGE: 1100,
  INVALID_PARAMETER_USAGE: 1100,
  INVALID_FUNCTION_ARGUMENT: 1106,
  TABLE_ALREADY_EXISTS: 1110,
  NOT_SUPPORTED: 1200,
  TABLE_NOT_FOUND: 1301,
  SCHEMA_NOT_FOUND: 1301,
  FUNCTION_NOT_FOUND: 1303,
  AMBIGUOUS_NAME: 1006,
  MISSING_COLUMN_NAME: 1006,
  DUPLICATE_COLUMN_NAME: 1006,
  COLUMN_TYPE_UNKNOWN: 1006,
  EXPRESSION_NOT_AGGREGATE: 1006,
  EXPRESSION_NOT_SCALAR: 1006,
  HIVE_BAD_DATA: 1001,
  HIVE_CURSOR_ERROR: 1001,
  INVALID_ARGUMENTS: 1100,
  INVALID_PROPERTY: 1101,
  INVALID_TABLE_PROPERTY: 1103,
  INVALID_VIEW: 1107,
  NOT_FOUND: 1300,
  EXCEEDED_LOCAL_MEMORY_LIMIT: 1,
};

/** Texts of Athena's DDL that carry no name, with the number measured for them. */
const DDL_TYPES: readonly (readonly [pattern: RegExp, type: number])[] = [
  [/^FAILED: SemanticException/, 1006],
  [/^(?:Invalid PARTITIONED BY clause|At least one column is required)/, 1006],
  [/^(?:Iceberg create table statement does not allow|Unsupported table property key)/, 1200],
  [/^FAILED: /, 1003],
];

const QUERY_ENGINE_ERROR = 200;
const ICEBERG_ERROR = 233;
const USER_ERROR = 1000;

/** AthenaError.ErrorType for a StateChangeReason. */
export const errorTypeOf = (reason: string, category: number): number => {
  if (category === 1) return QUERY_ENGINE_ERROR;
  const name = /^([A-Z][A-Z_]+): /.exec(reason)?.[1];
  if (name !== undefined && Object.hasOwn(ERROR_TYPES, name)) return ERROR_TYPES[name] ?? USER_ERROR;
  if (name?.startsWith('ICEBERG_') === true || name === 'MERGE_TARGET_ROW_MULTIPLE_MATCHES') return ICEBERG_ERROR;
  return DDL_TYPES.find(([pattern]) => pattern.test(reason))?.[1] ?? USER_ERROR;
};

/**
 * Trino's error names that Athena users see (https://github.com/trinodb/trino, StandardErrorCode), and two of our own:
 * NOT_SUPPORTED also stands for what Athena has and this engine has not ("… is not supported locally").
 */
export type SqlErrorName =
  | 'SYNTAX_ERROR'
  | 'TYPE_MISMATCH'
  | 'COLUMN_NOT_FOUND'
  | 'TABLE_NOT_FOUND'
  | 'FUNCTION_NOT_FOUND'
  | 'FUNCTION_NOT_AGGREGATE'
  | 'MISSING_OVER'
  | 'AMBIGUOUS_NAME'
  | 'MISMATCHED_COLUMN_ALIASES'
  | 'EXPRESSION_NOT_AGGREGATE'
  | 'EXPRESSION_NOT_SCALAR'
  | 'EXPRESSION_NOT_IN_DISTINCT'
  | 'NESTED_AGGREGATION'
  | 'INVALID_COLUMN_REFERENCE'
  | 'DUPLICATE_NAMED_QUERY'
  | 'INVALID_FUNCTION_ARGUMENT'
  | 'INVALID_CAST_ARGUMENT'
  | 'INVALID_LITERAL'
  | 'INVALID_PARAMETER_USAGE'
  | 'INVALID_ARGUMENTS'
  | 'DIVISION_BY_ZERO'
  | 'NUMERIC_VALUE_OUT_OF_RANGE'
  | 'SUBQUERY_MULTIPLE_ROWS'
  | 'EXCEEDED_LOCAL_MEMORY_LIMIT'
  | 'STATEMENT_TOO_LARGE'
  | 'ICEBERG_BAD_DATA'
  | 'ICEBERG_CANNOT_OPEN_SPLIT'
  | 'HIVE_CURSOR_ERROR'
  | 'NOT_SUPPORTED'
  | 'GENERIC_INTERNAL_ERROR';

/** Athena's error categories: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html */
export type ErrorCategory = 1 | 2 | 3;

/** A statement that is refused or that failed, as Athena's StateChangeReason tells it: `NAME: line 1:8: text`. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly errorName: SqlErrorName;
  readonly category: ErrorCategory;
  /** Line from 1. */
  readonly line: number | undefined;
  /** Column from 1. */
  readonly column: number | undefined;

  constructor(errorName: SqlErrorName, message: string, options: { line?: number | undefined; column?: number | undefined; category?: ErrorCategory; cause?: unknown } = {}) {
    const position = options.line === undefined ? '' : `line ${options.line}:${options.column ?? 1}: `;
    super(`${errorName}: ${position}${message}`, { cause: options.cause });
    this.errorName = errorName;
    this.category = options.category ?? (errorName === 'GENERIC_INTERNAL_ERROR' ? 1 : 2);
    this.line = options.line;
    this.column = options.column;
  }
}

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

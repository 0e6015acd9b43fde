/**
 * A given file that cannot be used at all. One line: the file as the user named it, and what is wrong with it
 * (`shop.csv: columns missing: price, user_session`).
 */
export class InputFileError extends Error {
  override readonly name = 'InputFileError';
  readonly file: string;
  readonly problem: string;
  /** The file's bytes could not be had (missing, no permission), where otherwise its content is wrong. */
  readonly isUnreadable: boolean;

  constructor(file: string, problem: string, options: { isUnreadable?: boolean; cause?: unknown } = {}) {
    super(`${file}: ${problem}`, { cause: options.cause });
    this.file = file;
    this.problem = problem;
    this.isUnreadable = options.isUnreadable ?? false;
  }
}

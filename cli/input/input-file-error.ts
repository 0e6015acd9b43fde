/**
 * A given file that cannot be used at all. One line: the file as the user named it, and what is wrong with it
 * (`shop.csv: columns missing: price, user_session`).
 */
export class InputFileError extends Error {
  override readonly name = 'InputFileError';
  readonly file: string;
  readonly problem: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(`${file}: ${problem}`, { cause });
    this.file = file;
    this.problem = problem;
  }
}

/**
 * An error as an AWS service answers it: a code clients branch on, a message for people, an HTTP status.
 * Anything else thrown by a service is a defect and is answered as InternalFailure with status 500.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  /** Further members of the error's JSON shape, e.g. `AthenaErrorCode`. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Headers the error's answer carries beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, options: { status?: number; detail?: Record<string, unknown>; headers?: Record<string, string>; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
    this.detail = options.detail ?? {};
    this.headers = options.headers ?? {};
  }
}

/** What an action answers that AWS has and this cloud has not: an error that says so, never an empty success. */
export const notImplemented = (service: string, action: string): AwsError =>
  new AwsError('NotImplementedException', `${service}: ${action} is not supported locally`, { status: 501 });

import { AwsError } from '../core/errors.ts';

const A_WEEK_SECONDS = 604_800;

const parametersError = (message: string): AwsError => new AwsError('AuthorizationQueryParametersError', message);

/**
 * Refuses a presigned URL whose time is over; signatures themselves are not checked. Throws AccessDenied, or
 * AuthorizationQueryParametersError (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
 */
export const checkPresigned = (query: URLSearchParams, now: Date): void => {
  if (!query.has('X-Amz-Signature')) return;
  const seconds = Number(query.get('X-Amz-Expires') ?? 'none');
  if (!Number.isInteger(seconds)) throw parametersError('X-Amz-Expires should be a number');
  if (seconds < 0) throw parametersError('X-Amz-Expires must be non-negative');
  if (seconds > A_WEEK_SECONDS)
    throw parametersError(`X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${A_WEEK_SECONDS} seconds`);
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  if (!match) throw parametersError('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'"');
  const [, year, month, day, hour, minute, second] = match.map(Number);
  const expires = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) + seconds * 1000);
  if (now > expires)
    throw new AwsError('AccessDenied', 'Request has expired', {
      status: 403,
      detail: { 'X-Amz-Expires': seconds, Expires: expires.toISOString(), ServerTime: now.toISOString() },
    });
};

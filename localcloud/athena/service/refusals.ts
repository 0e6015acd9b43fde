import { AwsError } from '../../core/errors.ts';

/** What stands in InvalidRequestException's AthenaErrorCode. Seen in answers of AWS that others published; AWS lists none. */
export type AthenaErrorCode = 'INVALID_INPUT' | 'MALFORMED_QUERY' | 'IDEMPOTENT_PARAMETER_MISMATCH' | 'INVALID_QUERY_EXECUTION_STATE';

/** An InvalidRequestException as Athena shapes it, with its finer code under both names. */
export const athenaRefusal = (message: string, code: AthenaErrorCode = 'INVALID_INPUT', cause?: unknown): AwsError =>
  new AwsError('InvalidRequestException', message, { detail: refusalDetail(code), cause });

export const refusalDetail = (code: AthenaErrorCode): Record<string, unknown> => ({ AthenaErrorCode: code, ErrorCode: code });

/** A ResourceNotFoundException with the name or ARN it is about. */
export const resourceNotFound = (message: string, resource: string): AwsError => new AwsError('ResourceNotFoundException', message, { detail: { ResourceName: resource } });

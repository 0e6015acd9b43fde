import { AwsError } from '../core/errors.ts';

export const noSuchKey = (key: string): AwsError =>
  new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404, detail: { Key: key } });

export const preconditionFailed = (condition: string): AwsError =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    detail: { Condition: condition },
  });

export const malformedXml = (): AwsError =>
  new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');

/** What AWS has and this S3 has not. */
export const notImplementedHere = (what: string): AwsError => new AwsError('NotImplemented', `S3: ${what} is not supported locally`, { status: 501 });

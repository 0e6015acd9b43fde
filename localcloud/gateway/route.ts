import type { IncomingHttpHeaders } from 'node:http';

/** X-Amz-Target's prefix to the service's signing name, for clients that do not sign (and for errors about them). */
const TARGET_PREFIXES: Readonly<Record<string, string>> = {
  AWSGlue: 'glue',
  AWSStepFunctions: 'states',
  AmazonAthena: 'athena',
  AmazonSQS: 'sqs',
  DynamoDBStreams_20120810: 'dynamodb',
  DynamoDB_20120810: 'dynamodb',
  Firehose_20150804: 'firehose',
  GraniteServiceVersion20100801: 'monitoring',
  Kinesis_20131202: 'kinesis',
  Logs_20140328: 'logs',
  secretsmanager: 'secretsmanager',
};

/** The signing name of the service that has an action, `DynamoDB_20120810.GetItem`. */
export const serviceOfTarget = (target: string): string => {
  const prefix = target.split('.')[0] ?? '';
  return (Object.hasOwn(TARGET_PREFIXES, prefix) ? TARGET_PREFIXES[prefix] : undefined) ?? prefix;
};

const CREDENTIAL_SCOPE = /Credential=[^/,\s]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;

/**
 * The service a request is meant for: the service in the SigV4 credential scope (header, or query of a presigned URL), else
 * the prefix of X-Amz-Target, else S3, whose public reads are the only unsigned requests AWS's clients make.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const serviceOf = (headers: IncomingHttpHeaders, url: string): string => {
  const signed = CREDENTIAL_SCOPE.exec(headers.authorization ?? '')?.[1];
  if (signed !== undefined) return signed;
  const presigned = /[?&]X-Amz-Credential=([^&]+)/.exec(url)?.[1];
  const scope = presigned === undefined ? undefined : decodedOrUndefined(presigned)?.split('/')[3];
  if (scope !== undefined) return scope;
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? serviceOfTarget(target) : 's3';
};

const ACCESS_KEY = /Credential=([^/,\s]+)\//;

/** The access key a request is signed with, in its header or, presigned, in its address; undefined where it is not signed. */
export const accessKeyOf = (headers: IncomingHttpHeaders, url: string): string | undefined => {
  const signed = ACCESS_KEY.exec(headers.authorization ?? '')?.[1];
  if (signed !== undefined) return signed;
  const presigned = /[?&](?:X-Amz-Credential|AWSAccessKeyId)=([^&]+)/.exec(url)?.[1];
  return presigned === undefined ? undefined : decodedOrUndefined(presigned)?.split('/')[0];
};

const decodedOrUndefined = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // not an escape sequence: then it names no credential scope either
  }
};

const LOOPBACK_HOST = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[\w.-]+\.)?localhost)(?::\d+)?$/i;

/**
 * False for a name that only a browser on a foreign page would send (DNS rebinding, cross-site forms): this cloud checks no
 * signature, so a page must not be able to talk to it.
 */
export const isLocalCaller = (headers: IncomingHttpHeaders): boolean => {
  const host = headers.host ?? headers[':authority'];
  if (typeof host === 'string' && !LOOPBACK_HOST.test(host)) return false;
  const origin = headers.origin;
  return origin === undefined || LOOPBACK_HOST.test(origin.replace(/^https?:\/\//, ''));
};

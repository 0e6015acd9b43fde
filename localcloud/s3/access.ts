import { callerOf, requireAccess } from '../core/caller.ts';
import type { Access, Refuse } from '../core/caller.ts';
import { AwsError } from '../core/errors.ts';
import { configurationOf } from './bucket-actions.ts';
import { copySourceOf } from './copy-actions.ts';
import type { S3Request } from './s3-request.ts';

/** `arn:aws:s3:::bucket/key` */
const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;
const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;

/** S3 puts the resource between quotes. */
const s3AccessDenied: Refuse = (reason) => new AwsError('AccessDenied', reason.replace(/ on resource: (\S+)/, ' on resource: "$1"'), { status: 403 });

/** Of a bucket's configuration, by the query's name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
const CONFIGURATIONS: Readonly<Record<string, string>> = {
  policy: 'BucketPolicy', lifecycle: 'LifecycleConfiguration', encryption: 'EncryptionConfiguration', cors: 'BucketCORS', publicAccessBlock: 'BucketPublicAccessBlock',
  ownershipControls: 'BucketOwnershipControls', tagging: 'BucketTagging', versioning: 'BucketVersioning', notification: 'BucketNotification', logging: 'BucketLogging',
  replication: 'ReplicationConfiguration', website: 'BucketWebsite', acl: 'BucketAcl', 'object-lock': 'BucketObjectLockConfiguration', accelerate: 'AccelerateConfiguration', requestPayment: 'BucketRequestPayment',
};

/**
 * What a request asks of policies; the bucket's own policy is asked too.
 * @throws AwsError AccessDenied
 */
export const requireS3Access = (s3: S3Request, policyOf: (bucket: string) => string | undefined): void => {
  const accesses = (): Access[] => accessesOf(s3).map((access) => ({ ...access, resourcePolicy: policyOf(bucketOf(access.resource)) }));
  requireAccess(callerOf(s3.request), accesses, s3AccessDenied);
};

/** Who may not list a bucket is not told that an object is missing: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const hideMissing = (s3: S3Request, error: unknown, policyOf: (bucket: string) => string | undefined): unknown => {
  if (!(error instanceof AwsError) || error.code !== 'NoSuchKey') return error;
  const reason = callerOf(s3.request).refusalOf({ action: 's3:ListBucket', resource: bucketArn(s3.bucket), resourcePolicy: policyOf(s3.bucket) });
  return reason === undefined ? error : s3AccessDenied(reason);
};

const bucketOf = (resource: string): string => /^arn:aws:s3:::([^/]+)/.exec(resource)?.[1] ?? '';

const accessesOf = (s3: S3Request): Access[] => {
  if (s3.bucket === '') return [{ action: 's3:ListAllMyBuckets', resource: '*' }];
  return s3.key === '' ? ofBucket(s3) : ofObject(s3);
};

const ofBucket = ({ method, bucket, query }: S3Request): Access[] => {
  const resource = bucketArn(bucket);
  const named = configurationOf(query);
  const configuration = named === undefined ? undefined : CONFIGURATIONS[named];
  if (configuration !== undefined) return [{ action: `s3:${method === 'GET' ? 'Get' : method === 'PUT' ? 'Put' : 'Delete'}${configuration}`, resource }];
  if (method === 'PUT') return [{ action: 's3:CreateBucket', resource }];
  if (method === 'DELETE') return [{ action: 's3:DeleteBucket', resource }];
  if (method === 'POST') return []; // DeleteObjects: each key is asked for by itself
  if (query.has('location')) return [{ action: 's3:GetBucketLocation', resource }];
  if (query.has('uploads')) return [{ action: 's3:ListBucketMultipartUploads', resource }];
  return [{ action: 's3:ListBucket', resource, keys: listKeys(query) }];
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
const listKeys = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries((['prefix', 'delimiter', 'max-keys'] as const).flatMap((name) => (query.has(name) ? [[`s3:${name}`, query.get(name) ?? '']] : [])));

const ofObject = ({ method, bucket, key, query, headers }: S3Request): Access[] => {
  const access = (action: string): Access => ({ action: `s3:${action}`, resource: objectArn(bucket, key) });
  if (query.has('tagging')) return [access({ GET: 'GetObjectTagging', PUT: 'PutObjectTagging' }[method] ?? 'DeleteObjectTagging')];
  if (query.has('uploadId') && method === 'GET') return [access('ListMultipartUploadParts')];
  if (query.has('uploadId') && method === 'DELETE') return [access('AbortMultipartUpload')];
  if (method === 'GET' || method === 'HEAD') return [access('GetObject'), ...(query.has('attributes') ? [access('GetObjectAttributes')] : [])];
  if (method === 'DELETE') return [access('DeleteObject')];
  const source = headers['x-amz-copy-source'] === undefined ? undefined : copySourceOf(headers);
  return [...(source ? [{ action: 's3:GetObject', resource: objectArn(source.bucket, source.key) }] : []), access('PutObject'), ...(headers['x-amz-tagging'] === undefined ? [] : [access('PutObjectTagging')])];
};

/** Whether one of the keys of DeleteObjects may be deleted. @throws AwsError AccessDenied */
export const requireDelete = (s3: S3Request, key: string, policyOf: (bucket: string) => string | undefined): void =>
  requireAccess(callerOf(s3.request), () => [{ action: 's3:DeleteObject', resource: objectArn(s3.bucket, key), resourcePolicy: policyOf(s3.bucket) }], s3AccessDenied);

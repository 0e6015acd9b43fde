import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { replaceFile } from '../core/files.ts';
import { element, textElement } from '../core/xml.ts';
import type { FileObjectStore } from './object-store.ts';
import { receiveText } from './receive.ts';
import { S3_NAMESPACE, send, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

export const listBuckets = async (store: FileObjectStore, { response }: S3Request): Promise<void> => {
  const buckets = (await store.buckets()).map(({ name, created }) =>
    element('Bucket', textElement('Name', name), textElement('CreationDate', created.toISOString())),
  );
  sendDocument(response, 'ListAllMyBucketsResult', element('Owner', textElement('ID', 'local')), element('Buckets', ...buckets));
};

export const createBucket = async (store: FileObjectStore, { request, response, bucket }: S3Request): Promise<void> => {
  await receiveText(request); // the location constraint: there is one place only
  if (!store.createBucket(bucket)) {
    throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', {
      status: 409,
      detail: { BucketName: bucket },
    });
  }
  send(response, 200, { location: `/${bucket}` });
};

export const headBucket = (_store: FileObjectStore, { response, region }: S3Request): void =>
  send(response, 200, { 'x-amz-bucket-region': region });

export const deleteBucket = async (store: FileObjectStore, { response, bucket }: S3Request): Promise<void> => {
  await store.deleteBucket(bucket);
  await rm(configurationFolder(store, bucket), { recursive: true, force: true });
  send(response, 204);
};

export const getBucketLocation = (_store: FileObjectStore, { response, region }: S3Request): void =>
  send(
    response,
    200,
    { 'content-type': 'application/xml' },
    `<LocationConstraint xmlns="${S3_NAMESPACE}">${region === 'us-east-1' ? '' : region}</LocationConstraint>`,
  );

/** A bucket's configurations that are kept and answered, and what is answered where none was put: an error, or a document. */
const CONFIGURATIONS: Readonly<Record<string, { missing: string } | { empty: string }>> = {
  accelerate: { empty: 'AccelerateConfiguration' },
  cors: { missing: 'NoSuchCORSConfiguration' },
  encryption: { missing: 'ServerSideEncryptionConfigurationNotFoundError' },
  lifecycle: { missing: 'NoSuchLifecycleConfiguration' },
  logging: { empty: 'BucketLoggingStatus' },
  notification: { empty: 'NotificationConfiguration' },
  ownershipControls: { missing: 'OwnershipControlsNotFoundError' },
  policy: { missing: 'NoSuchBucketPolicy' },
  publicAccessBlock: { missing: 'NoSuchPublicAccessBlockConfiguration' },
  replication: { missing: 'ReplicationConfigurationNotFoundError' },
  requestPayment: { empty: 'RequestPaymentConfiguration' },
  tagging: { missing: 'NoSuchTagSet' },
  versioning: { empty: 'VersioningConfiguration' },
  website: { missing: 'NoSuchWebsiteConfiguration' },
};

/** The configuration a request is about, by its query (`?lifecycle`); undefined where it is about none. */
export const configurationOf = (query: URLSearchParams): string | undefined => Object.keys(CONFIGURATIONS).find((name) => query.has(name));

const configurationFolder = (store: FileObjectStore, bucket: string): string => path.join(store.metaRoot, 'buckets', bucket);

/** Put, get and delete of a bucket's configuration: kept and answered as it was sent, but not acted upon. */
export const bucketConfiguration = async (
  store: FileObjectStore,
  name: string,
  { request, response, method, bucket }: S3Request,
): Promise<void> => {
  const file = path.join(configurationFolder(store, bucket), name);
  if (method === 'PUT') {
    replaceFile(file, await receiveText(request));
    send(response, name === 'policy' ? 204 : 200);
  } else if (method === 'DELETE') {
    await rm(file, { force: true });
    send(response, 204);
  } else {
    await answerConfiguration(file, name, response);
  }
};

const answerConfiguration = async (file: string, name: string, response: S3Request['response']): Promise<void> => {
  let stored: string | undefined;
  try {
    stored = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const absent = CONFIGURATIONS[name];
  if (stored !== undefined) send(response, 200, { 'content-type': name === 'policy' ? 'application/json' : 'application/xml' }, stored);
  else if (absent && 'empty' in absent) sendDocument(response, absent.empty);
  else throw new AwsError(absent?.missing ?? 'NoSuchConfiguration', `The bucket has no configuration "${name}"`, { status: 404 });
};

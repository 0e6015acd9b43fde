import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { replaceFile } from '../core/files.ts';
import { element, textElement } from '../core/xml.ts';
import { notImplementedHere } from './object-errors.ts';
import type { FileObjectStore } from './object-store.ts';
import { limitOf } from './list-parameters.ts';
import { receiveText } from './receive.ts';
import { S3_NAMESPACE, send, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

const MAX_BUCKETS = 10_000;

/** ListBuckets, by prefix and page where asked so. */
export const listBuckets = async (store: FileObjectStore, { response, query, region }: S3Request): Promise<void> => {
  const prefix = query.get('prefix') ?? '';
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString();
  const rest = (await store.buckets()).filter(({ name }) => name.startsWith(prefix) && name > after);
  const page = rest.slice(0, limitOf(query, 'max-buckets', MAX_BUCKETS, MAX_BUCKETS));
  const last = page.at(-1);
  const buckets = page.map(({ name, created }) =>
    element('Bucket', textElement('Name', name), textElement('CreationDate', created.toISOString()), textElement('BucketRegion', region)),
  );
  sendDocument(
    response,
    'ListAllMyBucketsResult',
    element('Owner', textElement('ID', 'local')),
    element('Buckets', ...buckets),
    textElement('ContinuationToken', last && page.length < rest.length ? Buffer.from(last.name).toString('base64url') : undefined),
    textElement('Prefix', prefix === '' ? undefined : prefix),
  );
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
  policies.delete(store);
  send(response, 204);
};

export const getBucketLocation = (_store: FileObjectStore, { response, region }: S3Request): void =>
  send(
    response,
    200,
    { 'content-type': 'application/xml' },
    `<LocationConstraint xmlns="${S3_NAMESPACE}">${region === 'us-east-1' ? '' : region}</LocationConstraint>`,
  );

/**
 * Configurations whose absence somebody would notice too late: what they announce would never happen, or what they keep would be
 * lost. They are taken only where they ask for nothing.
 */
const REFUSED: Readonly<Record<string, { when: RegExp; what: string }>> = {
  accelerate: { when: /<Status>\s*Enabled/, what: 'transfer acceleration' },
  logging: { when: /<LoggingEnabled/, what: 'server access logging' },
  notification: { when: /<(?:TopicConfiguration|QueueConfiguration|CloudFunctionConfiguration|LambdaFunctionConfiguration|EventBridgeConfiguration)/, what: 'event notification' },
  replication: { when: /<Rule/, what: 'replication' },
  requestPayment: { when: /<Payer>\s*Requester/, what: 'payment by the requester' },
  versioning: { when: /<Status>\s*Enabled/, what: 'versioning' },
  website: { when: /<WebsiteConfiguration/, what: 'website hosting' },
};

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

export const CONFIGURATION_NAMES = Object.keys(CONFIGURATIONS);

/** The configuration a request is about, by its query (`?lifecycle`); undefined where it is about none. */
export const configurationOf = (query: URLSearchParams): string | undefined => CONFIGURATION_NAMES.find((name) => query.has(name));

const configurationFolder = (store: FileObjectStore, bucket: string): string => path.join(store.metaRoot, 'buckets', bucket);

const policies = new WeakMap<FileObjectStore, Map<string, string | undefined>>();

/** A bucket's policy, JSON; undefined where it has none. */
export const bucketPolicy = (store: FileObjectStore, bucket: string): string | undefined => {
  const known = policies.get(store) ?? new Map<string, string | undefined>();
  policies.set(store, known);
  if (known.has(bucket)) return known.get(bucket);
  const file = path.join(configurationFolder(store, bucket), 'policy');
  const document = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  known.set(bucket, document);
  return document;
};

/** Put, get and delete of a bucket's configuration: kept and answered as it was sent. Of all of them the policy is acted upon. */
export const bucketConfiguration = async (
  store: FileObjectStore,
  name: string,
  { request, response, method, bucket }: S3Request,
): Promise<void> => {
  const file = path.join(configurationFolder(store, bucket), name);
  if (method === 'PUT') {
    const document = await receiveText(request);
    const refused = REFUSED[name];
    if (refused?.when.test(document)) throw notImplementedHere(refused.what);
    replaceFile(file, document);
    policies.delete(store);
    send(response, name === 'policy' ? 204 : 200);
  } else if (method === 'DELETE') {
    await rm(file, { force: true });
    policies.delete(store);
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

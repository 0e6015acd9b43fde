import path from 'node:path';
import { AwsError } from '../core/errors.ts';
import { regionOf } from '../core/json-protocol.ts';
import { ACCOUNT_ID } from '../core/service.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { hideMissing, requireDelete, requireS3Access } from './access.ts';
import {
  bucketConfiguration,
  bucketPolicy,
  CONFIGURATION_NAMES,
  configurationOf,
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-actions.ts';
import { copyObject } from './copy-actions.ts';
import { deleteObject, deleteObjects } from './delete-actions.ts';
import { listObjects, listObjectsV2 } from './list-actions.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
} from './multipart-actions.ts';
import type { MultipartPorts } from './multipart-actions.ts';
import { listMultipartUploads, listParts } from './multipart-listing.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { getObject, putObject } from './object-actions.ts';
import { getObjectAttributes } from './object-attributes.ts';
import { notImplementedHere } from './object-errors.ts';
import type { FileObjectStore } from './object-store.ts';
import { checkPresigned } from './presigned.ts';
import { parseS3Request, sendS3Error } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging-actions.ts';

/**
 * What a query may name. Anything else is a sub-resource that is not here and must not be taken for the plain action of the same
 * method: `DELETE /bucket/key?annotation` is no DeleteObject.
 */
const PARAMETERS = {
  account: ['bucket-region', 'continuation-token', 'max-buckets', 'prefix'],
  bucket: [
    ...['continuation-token', 'delete', 'delimiter', 'encoding-type', 'fetch-owner', 'key-marker', 'list-type', 'location', 'marker'],
    ...['max-keys', 'max-uploads', 'prefix', 'start-after', 'upload-id-marker', 'uploads', ...CONFIGURATION_NAMES],
  ],
  object: ['attributes', 'max-parts', 'part-number-marker', 'partNumber', 'tagging', 'uploadId', 'uploads', 'versionId'],
};
/** The SDK's name of the action, signatures (versions 4 and 2), and headers of the answer that a reader asks for. */
const EVERYWHERE = /^(x-id|x-amz-.+|AWSAccessKeyId|Signature|Expires|response-.+)$/i;

const isClientGone = (error: unknown): boolean =>
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Amazon S3's REST API over a {@link FileObjectStore}. Signatures are not checked. */
export class S3Service implements Service {
  readonly signingNames = ['s3'];
  private readonly store: FileObjectStore;
  private readonly multipart: MultipartPorts;

  constructor({ store, clock = () => new Date() }: { store: FileObjectStore; clock?: Clock }) {
    this.store = store;
    this.multipart = { store, uploads: new MultipartUploads(path.join(store.metaRoot, 'uploads')), clock };
  }

  /** A bucket's policy, JSON, where it has one. */
  readonly policyOf = (bucket: string): string | undefined => bucketPolicy(this.store, bucket);

  readonly handle: RequestHandler = async (request, response) => {
    try {
      await this.answer(parseS3Request(request, response, regionOf(request)));
    } catch (error) {
      if (isClientGone(error)) response.destroy();
      else sendS3Error(request, response, error);
    }
  };

  private async answer(s3: S3Request): Promise<void> {
    const known = PARAMETERS[s3.bucket === '' ? 'account' : s3.key === '' ? 'bucket' : 'object'];
    const unsupported = [...s3.query.keys()].find((name) => !known.includes(name) && !EVERYWHERE.test(name));
    if (unsupported !== undefined) throw notImplementedHere(`${s3.method} ?${unsupported}`);
    // Without versions every object has the one named null.
    if ((s3.query.get('versionId') ?? 'null') !== 'null') throw notImplementedHere(`${s3.method} ?versionId`);
    checkPresigned(s3.query, this.multipart.clock());
    checkOwner(s3.headers);
    requireS3Access(s3, this.policyOf);
    if (s3.bucket === '') await this.answerAccount(s3);
    else if (s3.key === '') await this.answerBucket(s3);
    else await this.answerObject(s3);
  }

  private async answerAccount(s3: S3Request): Promise<void> {
    if (s3.method !== 'GET') throw notAllowed(s3);
    await listBuckets(this.store, s3);
  }

  private async answerBucket(s3: S3Request): Promise<void> {
    const { method, query } = s3;
    const configuration = configurationOf(query);
    if (method === 'PUT' && configuration === undefined) {
      await createBucket(this.store, s3);
      return;
    }
    this.store.requireBucket(s3.bucket);
    if (configuration !== undefined) await bucketConfiguration(this.store, configuration, s3);
    else if (method === 'HEAD') headBucket(this.store, s3);
    else if (method === 'DELETE') await deleteBucket(this.store, s3);
    else if (method === 'POST' && query.has('delete')) await deleteObjects(this.store, s3, (key) => requireDelete(s3, key, this.policyOf));
    else if (method === 'POST') throw notImplementedHere('POST Object, an upload by a form,');
    else if (method !== 'GET') throw notAllowed(s3);
    else if (query.has('location')) getBucketLocation(this.store, s3);
    else if (query.has('uploads')) await listMultipartUploads(this.multipart, s3);
    else if (query.get('list-type') === '2') await listObjectsV2(this.store, s3);
    else await listObjects(this.store, s3);
  }

  private async answerObject(s3: S3Request): Promise<void> {
    const { method, query } = s3;
    this.store.requireBucket(s3.bucket);
    if (query.has('tagging')) await this.answerTagging(s3);
    else if (query.has('uploads') || query.has('uploadId')) await this.answerMultipart(s3);
    else if (query.has('attributes') && method === 'GET') await getObjectAttributes(this.store, s3);
    else if (method === 'PUT' && s3.headers['x-amz-copy-source'] !== undefined) await copyObject(this.store, s3);
    else if (method === 'PUT') await putObject(this.store, s3);
    else if (method === 'GET' || method === 'HEAD') await this.answerGet(s3);
    else if (method === 'DELETE') await deleteObject(this.store, s3);
    else throw notAllowed(s3);
  }

  private async answerGet(s3: S3Request): Promise<void> {
    try {
      await getObject(this.store, s3);
    } catch (error) {
      throw hideMissing(s3, error, this.policyOf);
    }
  }

  private async answerTagging(s3: S3Request): Promise<void> {
    if (s3.method === 'PUT') await putObjectTagging(this.store, s3);
    else if (s3.method === 'DELETE') await deleteObjectTagging(this.store, s3);
    else if (s3.method === 'GET') await getObjectTagging(this.store, s3);
    else throw notAllowed(s3);
  }

  private async answerMultipart(s3: S3Request): Promise<void> {
    const { method, query } = s3;
    if (query.has('uploads') && method === 'POST') createMultipartUpload(this.multipart, s3);
    else if (method === 'PUT' && s3.headers['x-amz-copy-source'] !== undefined) await uploadPartCopy(this.multipart, s3);
    else if (method === 'PUT') await uploadPart(this.multipart, s3);
    else if (method === 'POST') await completeMultipartUpload(this.multipart, s3);
    else if (method === 'DELETE') await abortMultipartUpload(this.multipart, s3);
    else if (method === 'GET') await listParts(this.multipart, s3);
    else throw notAllowed(s3);
  }
}

/** The account that a request expects to own the bucket, or the source of a copy. Throws AccessDenied for another than this one. */
const checkOwner = (headers: S3Request['headers']): void => {
  const expected = [headers['x-amz-expected-bucket-owner'], headers['x-amz-source-expected-bucket-owner']];
  if (expected.some((owner) => owner !== undefined && owner !== ACCOUNT_ID)) throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
};

const notAllowed = ({ method }: S3Request): AwsError =>
  new AwsError('MethodNotAllowed', `The specified method is not allowed against this resource: ${method}`, { status: 405 });

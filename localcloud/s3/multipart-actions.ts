import { rm } from 'node:fs/promises';
import { AwsError } from '../core/errors.ts';
import type { Clock } from '../core/service.ts';
import type { XmlNode } from '../core/xml.ts';
import { childText, childrenNamed, parseXml, textElement } from '../core/xml.ts';
import { copyRangeOf } from './byte-range.ts';
import { isChecksumAlgorithm } from './checksums.ts';
import { openCopySource } from './copy-actions.ts';
import type { ChosenPart, MultipartUploads, Upload } from './multipart-uploads.ts';
import { malformedXml } from './object-errors.ts';
import { checksumHeaders, describedBy, unquoted, writeConditionOf } from './object-headers.ts';
import type { ObjectDescription } from './object-metadata.ts';
import type { FileObjectStore } from './object-store.ts';
import { receiveBody, receiveText, storeStream } from './receive.ts';
import { headerOf, send, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

export interface MultipartPorts {
  store: FileObjectStore;
  uploads: MultipartUploads;
  clock: Clock;
}

/** Algorithm and type of the upload's checksum (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html). */
const checksumChoice = (headers: S3Request['headers']): Pick<Upload, 'algorithm' | 'checksumType'> => {
  const algorithm = (headerOf(headers, 'x-amz-checksum-algorithm') ?? '').toLowerCase();
  const asked = headerOf(headers, 'x-amz-checksum-type')?.toUpperCase();
  if (algorithm === '') {
    if (asked !== undefined) throw new AwsError('InvalidRequest', 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    return {};
  }
  if (!isChecksumAlgorithm(algorithm))
    throw new AwsError('InvalidRequest', 'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]');
  const checksumType = asked ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (checksumType !== 'FULL_OBJECT' && checksumType !== 'COMPOSITE') throw new AwsError('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  const isImpossible = checksumType === 'FULL_OBJECT' ? algorithm.startsWith('sha') : algorithm === 'crc64nvme';
  if (isImpossible) throw new AwsError('InvalidRequest', `The ${checksumType} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  return { algorithm, checksumType };
};

export const createMultipartUpload = (ports: MultipartPorts, { response, bucket, key, headers }: S3Request): void => {
  const chosen = checksumChoice(headers);
  const upload = ports.uploads.create({ bucket, key, initiated: ports.clock().toISOString(), description: describedBy(headers), ...chosen });
  if (chosen.algorithm && chosen.checksumType) {
    response.setHeader('x-amz-checksum-algorithm', chosen.algorithm.toUpperCase());
    response.setHeader('x-amz-checksum-type', chosen.checksumType);
  }
  sendDocument(
    response,
    'InitiateMultipartUploadResult',
    textElement('Bucket', bucket),
    textElement('Key', key),
    textElement('UploadId', upload.id),
  );
};

export const uploadOf = ({ uploads }: MultipartPorts, { query, bucket, key }: S3Request): Upload =>
  uploads.find(query.get('uploadId') ?? '', bucket, key);

const algorithmsOf = ({ algorithm }: Upload): NonNullable<Upload['algorithm']>[] => (algorithm ? [algorithm] : []);

export const uploadPart = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const body = await receiveBody(s3.request, ports.store.temporaryFile(), algorithmsOf(upload));
  try {
    const part = await ports.uploads.addPart(upload, Number(s3.query.get('partNumber')), body, ports.clock());
    send(s3.response, 200, { etag: `"${part.md5}"`, ...checksumHeaders({ checksums: part.checksums }) });
  } finally {
    await rm(body.file, { force: true }); // of a part that was not taken
  }
};

export const uploadPartCopy = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const { object, handle } = await openCopySource(ports.store, s3.headers);
  try {
    const range = copyRangeOf(headerOf(s3.headers, 'x-amz-copy-source-range'), object.size);
    const source = handle.createReadStream({ ...range, autoClose: false });
    const body = await storeStream(source, ports.store.temporaryFile(), algorithmsOf(upload));
    const part = await ports.uploads.addPart(upload, Number(s3.query.get('partNumber')), body, ports.clock());
    const sums = Object.entries(part.checksums).map(([algorithm, value]) => textElement(`Checksum${algorithm.toUpperCase()}`, value));
    sendDocument(s3.response, 'CopyPartResult', textElement('LastModified', part.received), textElement('ETag', `"${part.md5}"`), ...sums);
  } finally {
    await handle.close();
  }
};

const chosenParts = (body: XmlNode | undefined, { algorithm }: Upload): ChosenPart[] => {
  if (body?.name !== 'CompleteMultipartUpload') throw malformedXml();
  const chosen = childrenNamed(body, 'Part').map((part) => ({
    number: Number(childText(part, 'PartNumber')),
    etag: unquoted(childText(part, 'ETag') ?? ''),
    checksum: algorithm && childText(part, `Checksum${algorithm.toUpperCase()}`),
  }));
  if (chosen.length === 0) throw malformedXml();
  return chosen;
};

/** What the request says of the whole object: its size, the checksum and its type. Throws InvalidRequest or BadDigest. */
const checkWhole = ({ algorithm, checksumType }: Upload, { checksums, parts }: Pick<ObjectDescription, 'checksums' | 'parts'>, headers: S3Request['headers']): void => {
  const size = (parts ?? []).reduce((sum, part) => sum + part.size, 0);
  const said = headerOf(headers, 'x-amz-mp-object-size');
  if (said !== undefined && Number(said) !== size)
    throw new AwsError('InvalidRequest', `The provided 'x-amz-mp-object-size' header value ${said} does not match what was computed: ${size}`);
  const type = headerOf(headers, 'x-amz-checksum-type')?.toUpperCase();
  if (type !== undefined && checksumType !== undefined && type !== checksumType)
    throw new AwsError('InvalidRequest', `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`);
  const expected = algorithm && headerOf(headers, `x-amz-checksum-${algorithm}`);
  if (algorithm && expected !== undefined && expected.replace(/-\d+$/, '') !== checksums?.[algorithm]?.replace(/-\d+$/, ''))
    throw new AwsError('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
};

export const completeMultipartUpload = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const condition = writeConditionOf(s3.headers);
  const chosen = chosenParts(parseXml(await receiveText(s3.request)), upload);
  const { etag, checksums } = await ports.uploads.exclusively(upload, async () => {
    const file = ports.store.temporaryFile();
    try {
      const assembled = await ports.uploads.assemble(upload, chosen, file);
      checkWhole(upload, assembled.description, s3.headers);
      const description: ObjectDescription = { ...upload.description, ...assembled.description, ...(upload.checksumType ? { checksumType: upload.checksumType } : {}) };
      await ports.store.commit(s3.bucket, s3.key, file, { etag: assembled.etag, description }, condition);
      await ports.uploads.remove(upload);
      return { etag: assembled.etag, checksums: description.checksums };
    } finally {
      await rm(file, { force: true });
    }
  });
  const sums = Object.entries(checksums ?? {}).map(([algorithm, value]) => textElement(`Checksum${algorithm.toUpperCase()}`, value));
  const location = `http://${s3.headers.host ?? 'localhost'}/${s3.bucket}/${s3.key.split('/').map(encodeURIComponent).join('/')}`;
  sendDocument(
    s3.response,
    'CompleteMultipartUploadResult',
    textElement('Location', location),
    textElement('Bucket', s3.bucket),
    textElement('Key', s3.key),
    textElement('ETag', `"${etag}"`),
    ...sums,
    textElement('ChecksumType', upload.checksumType),
  );
};

export const abortMultipartUpload = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  await ports.uploads.exclusively(upload, () => ports.uploads.remove(upload));
  send(s3.response, 204);
};

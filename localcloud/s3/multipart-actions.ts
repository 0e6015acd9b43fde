import { createReadStream } from 'node:fs';
import { AwsError } from '../core/errors.ts';
import type { Clock } from '../core/service.ts';
import { childText, childrenNamed, element, parseXml, textElement } from '../core/xml.ts';
import { isChecksumAlgorithm } from './checksums.ts';
import type { MultipartUploads, Part, Upload } from './multipart-uploads.ts';
import { copySourceOf, malformedXml, rangeOf } from './object-actions.ts';
import { checksumHeaders, describedBy, unquoted, writeConditionOf } from './object-headers.ts';
import type { ObjectDescription } from './object-metadata.ts';
import type { FileObjectStore } from './object-store.ts';
import { digestStream, receiveBody, receiveText } from './receive.ts';
import { headerOf, send, sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

export interface MultipartPorts {
  store: FileObjectStore;
  uploads: MultipartUploads;
  clock: Clock;
}

export const createMultipartUpload = (ports: MultipartPorts, { response, bucket, key, headers }: S3Request): void => {
  const algorithm = (headerOf(headers, 'x-amz-checksum-algorithm') ?? '').toLowerCase();
  const type = headerOf(headers, 'x-amz-checksum-type') ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const chosen = isChecksumAlgorithm(algorithm)
    ? { algorithm, checksumType: type === 'FULL_OBJECT' ? ('FULL_OBJECT' as const) : ('COMPOSITE' as const) }
    : {};
  const upload = ports.uploads.create({
    bucket,
    key,
    initiated: ports.clock().toISOString(),
    description: describedBy(headers),
    ...chosen,
  });
  if (chosen.algorithm) {
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

const uploadOf = ({ uploads }: MultipartPorts, { query, bucket, key }: S3Request): Upload =>
  uploads.find(query.get('uploadId') ?? '', bucket, key);

export const uploadPart = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const body = await receiveBody(s3.request, ports.store.temporaryFile());
  const part = await ports.uploads.addPart(upload, Number(s3.query.get('partNumber')), body, ports.clock());
  send(s3.response, 200, { etag: `"${part.md5}"`, ...checksumHeaders({ checksums: part.checksums }) });
};

export const uploadPartCopy = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const { bucket, object } = await copySourceOf(ports.store, s3.headers);
  const range = rangeOf(headerOf(s3.headers, 'x-amz-copy-source-range'), object.size) ?? { start: 0, end: Math.max(0, object.size - 1) };
  const source = createReadStream(ports.store.fileOf(`s3://${bucket}/${object.key}`), range);
  const body = await digestStream(source, ports.store.temporaryFile(), upload.algorithm ? [upload.algorithm] : []);
  const part = await ports.uploads.addPart(upload, Number(s3.query.get('partNumber')), body, ports.clock());
  sendDocument(s3.response, 'CopyPartResult', textElement('LastModified', part.received), textElement('ETag', `"${part.md5}"`));
};

export const completeMultipartUpload = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const body = parseXml(await receiveText(s3.request));
  if (body?.name !== 'CompleteMultipartUpload') throw malformedXml();
  const chosen = childrenNamed(body, 'Part').map((part) => ({
    number: Number(childText(part, 'PartNumber')),
    etag: unquoted(childText(part, 'ETag') ?? ''),
  }));
  if (chosen.length === 0) throw malformedXml();
  const file = ports.store.temporaryFile();
  const { etag, checksums } = await ports.uploads.assemble(upload, chosen, file);
  const description: ObjectDescription = {
    ...upload.description,
    ...(checksums ? { checksums } : {}),
    ...(upload.checksumType ? { checksumType: upload.checksumType } : {}),
  };
  const expected =
    upload.algorithm && upload.checksumType === 'FULL_OBJECT' ? headerOf(s3.headers, `x-amz-checksum-${upload.algorithm}`) : undefined;
  if (upload.algorithm && expected !== undefined && expected !== checksums?.[upload.algorithm])
    throw new AwsError('BadDigest', `The ${upload.algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  await ports.store.commit(s3.bucket, s3.key, file, { etag, description }, writeConditionOf(s3.headers));
  await ports.uploads.remove(upload);
  const sums = Object.entries(checksums ?? {}).map(([algorithm, value]) => textElement(`Checksum${algorithm.toUpperCase()}`, value));
  const location = `http://${s3.headers.host ?? 'localhost'}/${s3.bucket}/${s3.key}`;
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
  await ports.uploads.remove(uploadOf(ports, s3));
  send(s3.response, 204);
};

export const listParts = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const parts = (await ports.uploads.parts(upload)).map((part: Part) =>
    element(
      'Part',
      textElement('PartNumber', part.number),
      textElement('LastModified', part.received),
      textElement('ETag', `"${part.md5}"`),
      textElement('Size', part.size),
    ),
  );
  sendDocument(
    s3.response,
    'ListPartsResult',
    textElement('Bucket', s3.bucket),
    textElement('Key', s3.key),
    textElement('UploadId', upload.id),
    textElement('MaxParts', 10_000),
    textElement('IsTruncated', false),
    ...parts,
  );
};

export const listMultipartUploads = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const uploads = (await ports.uploads.list(s3.bucket)).map(({ key, id, initiated }) =>
    element('Upload', textElement('Key', key), textElement('UploadId', id), textElement('Initiated', initiated)),
  );
  sendDocument(
    s3.response,
    'ListMultipartUploadsResult',
    textElement('Bucket', s3.bucket),
    textElement('MaxUploads', 1_000),
    textElement('IsTruncated', false),
    ...uploads,
  );
};

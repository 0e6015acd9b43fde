import { element, textElement } from '../core/xml.ts';
import { encoderOf, limitOf } from './list-parameters.ts';
import { uploadOf } from './multipart-actions.ts';
import type { MultipartPorts } from './multipart-actions.ts';
import type { Part, Upload } from './multipart-uploads.ts';
import { compareKeys } from './paths.ts';
import { sendDocument } from './s3-request.ts';
import type { S3Request } from './s3-request.ts';

/** ListParts: in the order of their numbers, a page at a time. */
export const listParts = async (ports: MultipartPorts, s3: S3Request): Promise<void> => {
  const upload = uploadOf(ports, s3);
  const limit = limitOf(s3.query, 'max-parts');
  const after = limitOf(s3.query, 'part-number-marker', 0, 10_000);
  const rest = (await ports.uploads.parts(upload)).filter(({ number }) => number > after);
  const page = rest.slice(0, limit);
  sendDocument(
    s3.response,
    'ListPartsResult',
    textElement('Bucket', s3.bucket),
    textElement('Key', s3.key),
    textElement('UploadId', upload.id),
    textElement('StorageClass', upload.description.storageClass ?? 'STANDARD'),
    textElement('PartNumberMarker', after),
    textElement('NextPartNumberMarker', page.at(-1)?.number ?? 0),
    textElement('MaxParts', limit),
    textElement('IsTruncated', page.length < rest.length),
    textElement('ChecksumAlgorithm', upload.algorithm?.toUpperCase()),
    textElement('ChecksumType', upload.checksumType),
    ...page.map((part) => partElement(part, upload)),
  );
};

const partElement = (part: Part, { algorithm }: Upload): string =>
  element(
    'Part',
    textElement('PartNumber', part.number),
    textElement('LastModified', part.received),
    textElement('ETag', `"${part.md5}"`),
    textElement('Size', part.size),
    algorithm ? textElement(`Checksum${algorithm.toUpperCase()}`, part.checksums[algorithm]) : '',
  );

const byKeyAndTime = (left: Upload, right: Upload): number =>
  compareKeys(left.key, right.key) || (left.initiated === right.initiated ? compareKeys(left.id, right.id) : compareKeys(left.initiated, right.initiated));

/** ListMultipartUploads: by key, those of one key by their beginning; grouped below a delimiter as objects are. */
export const listMultipartUploads = async (ports: MultipartPorts, { response, bucket, query }: S3Request): Promise<void> => {
  const [prefix, delimiter, keyMarker, idMarker] = ['prefix', 'delimiter', 'key-marker', 'upload-id-marker'].map((name) => query.get(name) ?? '') as [string, string, string, string];
  const limit = limitOf(query, 'max-uploads');
  const encode = encoderOf(query);
  const all = (await ports.uploads.list(bucket)).filter(({ key }) => key.startsWith(prefix)).sort(byKeyAndTime);
  // The marker's uploads that were listed before end with the one whose id is given; without an id all of the key were.
  const marked = idMarker === '' ? -1 : all.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const rest = marked >= 0 ? all.slice(marked + 1) : all.filter(({ key }) => compareKeys(key, keyMarker) > 0);

  const groups = new Set<string>();
  const page: Upload[] = [];
  let next: Upload | undefined;
  let isTruncated = false;
  for (const upload of rest) {
    const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const group = end < 0 ? undefined : upload.key.slice(0, end + delimiter.length);
    const isListed = group !== undefined && (groups.has(group) || keyMarker.startsWith(group));
    isTruncated = !isListed && page.length + groups.size >= limit;
    if (isTruncated) break;
    next = upload;
    if (group === undefined) page.push(upload);
    else if (!keyMarker.startsWith(group)) groups.add(group);
  }
  sendDocument(
    response,
    'ListMultipartUploadsResult',
    textElement('Bucket', bucket),
    textElement('KeyMarker', encode(keyMarker)),
    textElement('UploadIdMarker', idMarker),
    textElement('NextKeyMarker', isTruncated && next ? encode(next.key) : undefined),
    textElement('NextUploadIdMarker', isTruncated && next ? next.id : undefined),
    textElement('Prefix', encode(prefix)),
    textElement('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    textElement('EncodingType', query.get('encoding-type') ?? undefined),
    textElement('MaxUploads', limit),
    textElement('IsTruncated', isTruncated),
    ...page.map((upload) => uploadElement(upload, encode)),
    ...[...groups].map((group) => element('CommonPrefixes', textElement('Prefix', encode(group)))),
  );
};

const uploadElement = ({ key, id, initiated, description, algorithm, checksumType }: Upload, encode: (text: string) => string): string =>
  element(
    'Upload',
    textElement('Key', encode(key)),
    textElement('UploadId', id),
    textElement('StorageClass', description.storageClass ?? 'STANDARD'),
    textElement('Initiated', initiated),
    textElement('ChecksumAlgorithm', algorithm?.toUpperCase()),
    textElement('ChecksumType', checksumType),
  );

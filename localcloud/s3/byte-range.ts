import { AwsError } from '../core/errors.ts';
import type { ObjectDescription } from './object-metadata.ts';

/** First and last byte, both inclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * A single byte range; undefined where there is none, several (which S3 ignores), or one that ends before it begins, which is to be
 * ignored as well (RFC 9110, section 14.1.1). Throws InvalidRange for a range beyond the end.
 */
export const rangeOf = (header: string | undefined, size: number): ByteRange | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const isSuffix = match[1] === '';
  if (!isSuffix && match[2] !== '' && Number(match[2]) < Number(match[1])) return undefined;
  const start = isSuffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = isSuffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start >= size)
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', { status: 416, detail: { RangeRequested: header ?? '', ActualObjectSize: size } });
  return { start, end };
};

/** `x-amz-copy-source-range`: first and last byte, both within the source (API_UploadPartCopy). Throws InvalidArgument. */
export const copyRangeOf = (header: string | undefined, size: number): ByteRange | undefined => {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  if (!match)
    throw new AwsError('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy');
  const [start, end] = [Number(match[1]), Number(match[2])];
  if (start > end || end >= size) throw new AwsError('InvalidArgument', `Range specified is not valid for source object of size: ${size}`);
  return { start, end };
};

/** The bytes of one part, as `?partNumber=` asks for them; an object that came in one piece has the one part 1. Throws InvalidPartNumber. */
export const partRangeOf = (number: string, size: number, parts: ObjectDescription['parts']): ByteRange => {
  const wanted = Number(number);
  if (!/^\d{1,5}$/.test(number) || wanted < 1 || wanted > 10_000) throw new AwsError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  const all = parts ?? [{ number: 1, size }];
  const part = all.find((each) => each.number === wanted);
  if (!part)
    throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', { status: 416, detail: { PartNumberRequested: wanted, ActualPartCount: all.length } });
  const start = all.filter((each) => each.number < wanted).reduce((sum, each) => sum + each.size, 0);
  return { start, end: start + part.size - 1 };
};

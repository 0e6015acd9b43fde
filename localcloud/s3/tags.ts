import { AwsError } from '../core/errors.ts';

const MAX_TAGS = 10;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;
/** Letters, digits and spaces of any script, and some signs (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html). */
const ALLOWED = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u;

/** Tags as they are kept, checked by S3's limits. Throws BadRequest or InvalidTag. */
export const checkedTags = (pairs: readonly (readonly [string, string])[]): Record<string, string> => {
  if (pairs.length > MAX_TAGS) throw new AwsError('BadRequest', `Object tags cannot be greater than ${MAX_TAGS}`);
  const tags = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (tags.has(name)) throw new AwsError('InvalidTag', 'Cannot provide multiple Tags with the same key', { detail: { TagKey: name } });
    if (name === '' || name.length > MAX_NAME_LENGTH || !ALLOWED.test(name)) throw new AwsError('InvalidTag', 'The TagKey you have provided is invalid', { detail: { TagKey: name } });
    if (value.length > MAX_VALUE_LENGTH || !ALLOWED.test(value)) throw new AwsError('InvalidTag', 'The TagValue you have provided is invalid', { detail: { TagKey: name, TagValue: value } });
    tags.set(name, value);
  }
  return Object.fromEntries(tags);
};

import { AwsError } from '../core/errors.ts';
import type { Input } from './input.ts';

const NAME_BYTES = 255;
const DESCRIPTION_BYTES = 2048;
const COMMENT_BYTES = 255;
const TYPE_BYTES = 131_072;
const PARAMETER_KEY_BYTES = 255;
const PARAMETER_VALUE_BYTES = 512_000;
const PARTITION_VALUE_BYTES = 1024;
/** A name is a folder here, its characters percent-encoded where they are not plain; file systems take 255 bytes. */
const FOLDER_NAME_BYTES = 255;

/** AWS's pattern of single-line strings; control characters and lone surrogates are not in it. */
const SINGLE_LINE = /^[\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}\t]*$/u;
const SINGLE_LINE_AS_TOLD = String.raw`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*`;

/** A member outside its bounds, in the words the service's front answers: https://github.com/moj-analytical-services/etl_manager/issues/90 */
export const violation = (value: unknown, place: string, constraint: string): AwsError =>
  new AwsError('ValidationException', `1 validation error detected: Value '${String(value)}' at '${place}' failed to satisfy constraint: ${constraint}`);

/**
 * The name of a database or table that is to be made.
 * @throws AwsError ValidationException beyond AWS's bounds; NotImplementedException where a folder cannot have that name
 */
export const checkName = (name: string, place: string): void => {
  checkLine(name, NAME_BYTES, place);
  if (encodeURIComponent(name).length > FOLDER_NAME_BYTES) {
    throw new AwsError('NotImplementedException', `glue: the name ${name} is not supported locally: percent-encoded it has more than ${FOLDER_NAME_BYTES} bytes`, { status: 501 });
  }
};

/** Bounds that databases and tables share: https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html */
export const checkDescribed = (given: Input, place: string): void => {
  checkName(given.text('Name'), `${place}.name`);
  checkLength(given.optionalText('Description') ?? '', DESCRIPTION_BYTES, `${place}.description`);
  for (const [key, value] of Object.entries(given.raw('Parameters') ?? {})) {
    checkLine(key, PARAMETER_KEY_BYTES, `${place}.parameters`);
    if (typeof value !== 'string') throw given.refuse(`Parameters must be a map of strings: ${key}`);
    if (Buffer.byteLength(value) > PARAMETER_VALUE_BYTES) throw violation('', `${place}.parameters`, `Map value must satisfy constraint: [Member must have length less than or equal to ${PARAMETER_VALUE_BYTES}]`);
  }
};

/** https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html */
export const checkColumns = (columns: readonly Input[], place: string): void => {
  columns.forEach((column, index) => {
    const at = `${place}.${index + 1}.member`;
    checkLine(column.text('Name'), NAME_BYTES, `${at}.name`);
    checkLine(column.optionalText('Type') ?? '', TYPE_BYTES, `${at}.type`);
    checkLine(column.optionalText('Comment') ?? '', COMMENT_BYTES, `${at}.comment`);
  });
};

/** https://docs.aws.amazon.com/glue/latest/webapi/API_PartitionInput.html */
export const checkPartitionValues = (values: readonly string[], place: string): void => {
  values.forEach((value, index) => checkLine(value, PARTITION_VALUE_BYTES, `${place}.${index + 1}.member`));
};

/** Lists longer than the action takes. */
export const checkCount = (items: readonly unknown[], most: number, place: string): void => {
  if (items.length > most) throw violation(`(${items.length} items)`, place, `Member must have length less than or equal to ${most}`);
};

const checkLine = (text: string, bytes: number, place: string): void => {
  checkLength(text, bytes, place);
  if (!SINGLE_LINE.test(text)) throw violation(text, place, `Member must satisfy regular expression pattern: ${SINGLE_LINE_AS_TOLD}`);
};

const checkLength = (text: string, bytes: number, place: string): void => {
  if (Buffer.byteLength(text) > bytes) throw violation(text, place, `Member must have length less than or equal to ${bytes}`);
};

import { AwsError } from '../core/errors.ts';

const MAX_ENTRIES = 1_000;

/** A number of entries of a query, e.g. `max-keys`; what is above the most that S3 answers counts as the most. Throws InvalidArgument. */
export const limitOf = (query: URLSearchParams, name: string, absent = MAX_ENTRIES, most = MAX_ENTRIES): number => {
  const text = query.get(name) ?? '';
  if (text === '') return absent;
  if (!/^\d{1,10}$/.test(text)) throw new AwsError('InvalidArgument', `Provided ${name} not an integer or within integer range`, { detail: { ArgumentName: name, ArgumentValue: text } });
  return Math.min(Number(text), most);
};

/** Names as the client wants them: percent-encoded (as the SDKs ask), or as text. Throws InvalidArgument. */
export const encoderOf = (query: URLSearchParams): ((text: string) => string) => {
  const type = query.get('encoding-type');
  if (type !== null && type !== 'url') throw new AwsError('InvalidArgument', 'Invalid Encoding Method specified in Request', { detail: { ArgumentName: 'encoding-type', ArgumentValue: type } });
  return type === null
    ? (text) => text
    : (text) =>
        encodeURIComponent(text)
          .replaceAll('%2F', '/')
          .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
};

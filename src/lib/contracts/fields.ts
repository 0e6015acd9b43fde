import * as v from 'valibot';
import { LEAST_CENTS, MOST_CENTS, readDecimal, textOfCents } from './decimal.ts';
import { EARLIEST, readTimestamp } from './timestamp.ts';

/** The rules of DATA.md 1.5, each with its one reason. */

const LONGEST_TEXT = 1_024;
const LONGEST_QUOTE = 64;
/** NUL cannot stand in PostgreSQL or CSV; half of a surrogate pair has no UTF-8 and would make two ids one. */
// eslint-disable-next-line no-control-regex -- NUL is what is looked for
const FORBIDDEN = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
// eslint-disable-next-line no-control-regex -- NUL is what is looked for
const SUSPECT = /[\u0000\ud800-\udfff]/;

const notText = (issue: { input: unknown }): string => (issue.input === null || issue.input === undefined ? 'missing' : 'not text');
const isShort = (text: string): boolean => text.length <= LONGEST_TEXT || Array.from(text).length <= LONGEST_TEXT;
const isStorable = (text: string): boolean => !SUSPECT.test(text) || !FORBIDDEN.test(text);

/** A value as a reason may quote it: short, whatever the producer sent. */
const quoted = (value: unknown): string => JSON.stringify(String(value).slice(0, LONGEST_QUOTE));

const tooLong = `longer than ${LONGEST_TEXT} characters`;
const notStorable = 'contains NUL or half a character';

/** Required text: a JSON string that is not empty, taken as it stands. */
export const requiredText = () => v.pipe(v.string(notText), v.minLength(1, 'missing'), v.check(isShort, tooLong), v.check(isStorable, notStorable));

/** Optional text: absent, null or empty is null. */
export const optionalText = () => v.nullish(v.pipe(v.string(notText), v.check(isShort, tooLong), v.check(isStorable, notStorable)));

/** Required text out of a closed list. */
export const requiredCode = (known: ReadonlySet<string>) =>
  v.pipe(
    v.string(notText),
    v.minLength(1, 'missing'),
    v.check((text) => text === '' || known.has(text), (issue) => `unknown value ${quoted(issue.input)}`),
  );

/** Optional text out of a closed list. */
export const optionalCode = (known: ReadonlySet<string>) =>
  v.nullish(v.pipe(v.string(notText), v.check((text) => text === '' || known.has(text), (issue) => `unknown value ${quoted(issue.input)}`)));

const toTimestamp = v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
  if (dataset.value === '') return ''; // missing, which is another rule's reason
  const timestamp = readTimestamp(dataset.value);
  if (timestamp !== undefined && timestamp >= EARLIEST) return timestamp;
  addIssue({ message: timestamp === undefined ? 'not a timestamp' : 'before 2000-01-01' });
  return NEVER;
});

/** Required time, as bronze's text. The upper limit depends on the arrival: the contract checks it (`times`). */
export const requiredTimestamp = () => v.pipe(v.string(notText), v.minLength(1, 'missing'), toTimestamp);

/** Optional time: absent, null or empty is null. */
export const optionalTimestamp = () => v.nullish(v.pipe(v.string(notText), toTimestamp));

/**
 * Required amount of money from 0.01 to 99,999,999.99, as text with two decimals. More decimals as written are rounded
 * half up, or refused where the contract wants at most two.
 */
export const requiredMoney = ({ mostDecimals = Infinity }: { mostDecimals?: number } = {}) =>
  v.pipe(
    v.string(notText),
    v.minLength(1, 'missing'),
    v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const decimal = readDecimal(dataset.value);
      if (!decimal) addIssue({ message: 'not a number' });
      else {
        if (decimal.decimals > mostDecimals) addIssue({ message: `more than ${mostDecimals} decimals` });
        if (decimal.cents < LEAST_CENTS) addIssue({ message: 'below 0.01' });
        if (decimal.cents > MOST_CENTS) addIssue({ message: 'above 99999999.99' });
        if (decimal.decimals <= mostDecimals && decimal.cents >= LEAST_CENTS && decimal.cents <= MOST_CENTS) return textOfCents(decimal.cents);
      }
      return NEVER;
    }),
  );

/** Optional JSON object of any content. */
export const optionalObject = () => v.nullish(v.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'not an object'));

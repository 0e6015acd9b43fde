import { randomBytes } from 'node:crypto';
import { AwsError } from '../core/errors.ts';

/** What the expressions of a prefix can ask for. */
export interface PrefixContext {
  /** Arrival of the oldest record in the object. */
  time: Date;
  /** IANA name of the zone it is rendered in; UTC where absent. */
  timeZone?: string | undefined;
  /** `processing-failed`, `format-conversion-failed`; only in an error prefix. */
  errorOutputType?: string;
}

const EXPRESSION = /!\{([^}:]*):([^}]*)\}/g;
const DEFAULT_FOLDERS = 'yyyy/MM/dd/HH/';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const DATE_FIELDS: Readonly<Record<string, (time: Date) => string>> = {
  yyyy: (time) => pad(time.getUTCFullYear(), 4),
  YYYY: (time) => pad(time.getUTCFullYear(), 4),
  yy: (time) => pad(time.getUTCFullYear() % 100, 2),
  MM: (time) => pad(time.getUTCMonth() + 1, 2),
  M: (time) => String(time.getUTCMonth() + 1),
  dd: (time) => pad(time.getUTCDate(), 2),
  d: (time) => String(time.getUTCDate()),
  HH: (time) => pad(time.getUTCHours(), 2),
  H: (time) => String(time.getUTCHours()),
  mm: (time) => pad(time.getUTCMinutes(), 2),
  ss: (time) => pad(time.getUTCSeconds(), 2),
};

/** The moment whose UTC fields are the fields of `time` in a zone. Throws InvalidArgumentException for a zone that is not known. */
const inZone = (time: Date, timeZone: string | undefined): Date => {
  if (timeZone === undefined) return time;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    const fields = new Map(format.formatToParts(time).map(({ type, value }) => [type as string, Number(value)]));
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((name) => fields.get(name) ?? 0);
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  } catch (cause) {
    throw new AwsError('InvalidArgumentException', `CustomTimeZone ${timeZone} is not supported`, { cause });
  }
};

/**
 * A date by a Java DateTimeFormatter pattern, in UTC or in a zone. `'…'` is literal text. Throws InvalidArgumentException for a letter
 * not known here.
 */
export const formatTime = (pattern: string, moment: Date, timeZone?: string): string => {
  const time = inZone(moment, timeZone);
  return pattern.replace(/'([^']*)'|([A-Za-z])\2*/g, (match, literal: string | undefined) => {
    if (literal !== undefined) return literal === '' ? "'" : literal;
    const field = DATE_FIELDS[match];
    if (!field) throw new AwsError('InvalidArgumentException', `timestamp pattern ${match} of ${pattern} is not supported locally`);
    return field(time);
  });
};

const renderExpression = (namespace: string, value: string, context: PrefixContext): string => {
  if (namespace === 'timestamp') return formatTime(value, context.time, context.timeZone);
  if (namespace === 'firehose' && value === 'random-string') return randomBytes(8).toString('base64url').slice(0, 11);
  if (namespace === 'firehose' && value === 'error-output-type' && context.errorOutputType !== undefined) return context.errorOutputType;
  throw new AwsError('InvalidArgumentException', `Expression !{${namespace}:${value}} is not supported in this prefix`);
};

const hasExpression = (prefix: string): boolean => prefix.search(EXPRESSION) >= 0;

/**
 * A prefix with its expressions replaced. One without any gets `yyyy/MM/dd/HH/` appended, an error prefix its type before that
 * (https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html).
 */
export const renderPrefix = (prefix: string, context: PrefixContext): string => {
  const rendered = prefix.replace(EXPRESSION, (_, namespace: string, value: string) => renderExpression(namespace, value, context));
  if (hasExpression(prefix)) return rendered;
  return `${rendered}${context.errorOutputType === undefined ? '' : `${context.errorOutputType}/`}${formatTime(DEFAULT_FOLDERS, context.time, context.timeZone)}`;
};

/** Checks both prefixes as CreateDeliveryStream does. Throws InvalidArgumentException. */
export const checkPrefixes = (prefix: string, errorPrefix: string | undefined, timeZone?: string): void => {
  if (hasExpression(prefix) && errorPrefix === undefined) throw new AwsError('InvalidArgumentException', 'ErrorOutputPrefix cannot be null or empty when Prefix contains expressions');
  if (errorPrefix !== undefined && hasExpression(errorPrefix) && !errorPrefix.includes('!{firehose:error-output-type}')) {
    throw new AwsError('InvalidArgumentException', 'ErrorOutputPrefix must contain !{firehose:error-output-type} where it contains expressions');
  }
  renderPrefix(prefix, { time: new Date(0), timeZone });
  renderPrefix(errorPrefix ?? '', { time: new Date(0), timeZone, errorOutputType: 'processing-failed' });
};

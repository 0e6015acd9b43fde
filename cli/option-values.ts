import { InvalidArgumentError } from 'commander';
import { readTimestamp } from '../src/lib/contracts/timestamp.ts';

/** Reads an option's value as a whole number in a range; commander reports what is thrown with the option's name. */
export const wholeNumber = (least: number, most: number) => (text: string): number => {
  const value = Number(text.replaceAll('_', ''));
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  return value;
};

/** Reads a date, or a date and a time, UTC where it names no zone, as `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC. */
export const utcTime = (text: string): string => {
  const time = readTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text} 00:00:00` : text);
  if (time === undefined) throw new InvalidArgumentError('Expected a time, UTC, such as 2025-11-07 or 2025-11-07T19:46:52Z.');
  return time;
};

/** Reads a record_hash, or its beginning, and adds it to those given before. */
export const recordHashes = (text: string, before: readonly string[] = []): string[] => {
  if (!/^[0-9a-f]{8,64}$/.test(text)) throw new InvalidArgumentError('Expected a record_hash, or at least 8 digits of its beginning (floe quarantine list).');
  return [...before, text];
};

/** Reads `0.05` or `5%` as 0.05. */
export const share = (text: string): number => {
  const percent = text.endsWith('%');
  const value = Number(percent ? text.slice(0, -1) : text) / (percent ? 100 : 1);
  if (text.trim() === '' || text === '%' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('Expected a share such as 0.05 or 5%.');
  return value;
};

/** Reads a date as `2025-11-07`. */
export const calendarDate = (text: string): string => {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) throw new InvalidArgumentError('Expected a date such as 2025-11-07.');
  return text;
};

/** Reads `90`, `45m`, `6h` or `30d` as minutes. */
export const minutes = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)(m|h|d)?$/.exec(text);
  const value = Number(match?.[1]) * (match?.[2] === 'd' ? 1440 : match?.[2] === 'h' ? 60 : 1);
  if (match === null || value < 1) throw new InvalidArgumentError('Expected a length of time of at least a minute, such as 45m, 6h or 30d.');
  return value;
};

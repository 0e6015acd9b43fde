/**
 * Times as bronze keeps them: text `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC. The text sorts as the time does, so ranges are
 * compared as text, and microseconds are never squeezed through a `Date`, which ends at milliseconds.
 */

const SHAPE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/;
const TAIL = /^(?:\.(\d{1,9}))?(Z| UTC|[+-]\d\d:?\d\d)?$/;
const DAY_MILLIS = 86_400_000;
/** Times before this are broken clocks and defaults, not events. */
export const EARLIEST = '2000-01-01 00:00:00.000000';

const twoDigits = (text: string, at: number): number => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
};

const isRealTime = (text: string): boolean => {
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (month < 1 || month > 12 || day < 1) return false;
  if (day > 28 && day > daysInMonth(twoDigits(text, 0) * 100 + twoDigits(text, 2), month)) return false;
  return twoDigits(text, 11) < 24 && twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60;
};

/** Minutes east of UTC of `+hh:mm` or `+hhmm`; undefined where it is no time of day. */
const offsetMinutes = (zone: string): number | undefined => {
  const hours = twoDigits(zone, 1);
  const minutes = twoDigits(zone, zone.length - 2);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
};

/** Shifts `yyyy-MM-dd HH:mm:ss` by whole minutes; undefined where the year leaves 0000–9999. */
const shifted = (seconds: string, minutes: number): string | undefined => {
  const shiftedTime = new Date(Date.parse(`${seconds.replace(' ', 'T')}Z`) + minutes * 60_000).toISOString();
  return shiftedTime.length === 24 ? shiftedTime.slice(0, 19).replace('T', ' ') : undefined;
};

/**
 * `YYYY-MM-DD[T or space]hh:mm:ss[.f{1,9}]` and nothing, `Z`, ` UTC` or `±hh[:]mm` (DATA.md 1.5) to
 * `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC. No zone means UTC; digits after the sixth are cut; undefined where the text is none.
 */
export const readTimestamp = (text: string): string | undefined => {
  if (!SHAPE.test(text) || !isRealTime(text)) return undefined;
  const seconds = `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  if (text.length === 19) return `${seconds}.000000`;
  const tail = TAIL.exec(text.slice(19));
  if (!tail) return undefined;
  const micros = (tail[1] ?? '').slice(0, 6).padEnd(6, '0');
  const zone = tail[2] ?? 'Z';
  if (zone === 'Z' || zone === ' UTC') return `${seconds}.${micros}`;
  const offset = offsetMinutes(zone);
  const utc = offset === undefined ? undefined : shifted(seconds, -offset);
  return utc === undefined ? undefined : `${utc}.${micros}`;
};

/** An instant in milliseconds since 1970 as bronze writes it; the last three digits are zeros. */
export const timestampOf = (epochMillis: number): string => {
  const iso = new Date(epochMillis).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}000`;
};

/** The instant of bronze's own text, in milliseconds since 1970; microseconds are cut. */
export const epochMillisOf = (timestamp: string): number => Date.parse(`${timestamp.slice(0, 10)}T${timestamp.slice(11, 23)}Z`);

/** The latest time a record that arrived then may speak of: 24 hours later, for clocks that run ahead. */
export const latestFor = (arrivalTimestamp: string): string => timestampOf(epochMillisOf(arrivalTimestamp) + DAY_MILLIS).slice(0, 23) + arrivalTimestamp.slice(23);

/** Times of generated records are epoch microseconds, UTC: whole numbers far below 2^53. */
export type Microseconds = number;

export const second = 1_000_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export const microsecondsOf = (date: Date): Microseconds => date.getTime() * 1000;

/** `2026-11-22T02:05:44.832132`, with the given sign between date and time; UTC. */
export const toTimestamp = (time: Microseconds, separator: 'T' | ' ' = 'T'): string => {
  const text = new Date(Math.floor(time / 1000)).toISOString();
  return `${text.slice(0, 10)}${separator}${text.slice(11, 19)}.${String(Math.floor(time % second)).padStart(6, '0')}`;
};

/** `2026-11-22 02:05:44`, UTC, cut to the second. */
export const toSeconds = (time: Microseconds): string => new Date(Math.floor(time / 1000)).toISOString().slice(0, 19).replace('T', ' ');

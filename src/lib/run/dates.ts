const DAY_MS = 86_400_000;

/** `2025-11-07`, UTC. */
export const dateOf = (time: Date): string => time.toISOString().slice(0, 10);

/** A real date, as {@link dateOf} writes it. */
export const isDate = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) && dateOf(new Date(value)) === value;

/** The date `days` later (earlier where negative); kept within the years 1 to 9999 that SQL's DATE can say. */
export const addDays = (date: string, days: number): string => {
  const moved = Date.parse(`${date}T00:00:00Z`) + days * DAY_MS;
  return dateOf(new Date(Math.min(Math.max(moved, Date.parse('0001-01-01T00:00:00Z')), Date.parse('9999-12-31T00:00:00Z'))));
};

/** Every date from the first to the last, both included. */
export const datesBetween = (first: string, last: string): string[] => {
  const dates: string[] = [];
  for (let date = first; date <= last; date = addDays(date, 1)) dates.push(date);
  return dates;
};

export const distinctSorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();

/** Consecutive pieces of at most `size`. */
export const chunksOf = <T>(values: readonly T[], size: number): T[][] => {
  const chunks: T[][] = [];
  for (let start = 0; start < values.length; start += size) chunks.push(values.slice(start, start + size));
  return chunks;
};

/** `yyyy-MM-dd HH:mm:ss.SSSSSS` of epoch microseconds, UTC. */
export const timestampOfMicros = (micros: bigint): string => {
  const text = new Date(Number(micros / 1000n)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${String(micros % 1000n).padStart(3, '0')}`;
};

/** Epoch microseconds of `yyyy-MM-dd HH:mm:ss.SSSSSS`, UTC. */
export const microsOfTimestamp = (text: string): bigint => BigInt(Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`)) * 1000n + BigInt(text.slice(23, 26));

/** `1,234,567` */
export const formatCount = (value: number | bigint): string => value.toLocaleString('en-US');

/** `1 record`, `2,000 records`; the plural is given where it is not the word with an s. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${formatCount(count)} ${count === 1 ? one : many}`;

/** `850 ms`, `2.4 s`, `3 min 05 s`, `7 h 12 min`, `412 days` */
export const formatDuration = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${formatCount(Math.floor(minutes / 1440))} days`;
};

/** `512 B`, `1.5 KB`, `3.2 GB`, in powers of 1,024. */
export const formatBytes = (bytes: number): string => {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit] ?? ''}`;
};

/** Text that came from elsewhere, as one line: control characters could rearrange the terminal. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ');

/** At most `length` characters on one line; what is cut shows as an ellipsis. */
export const shorten = (text: string, length: number): string => {
  const line = oneLine(text);
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
};

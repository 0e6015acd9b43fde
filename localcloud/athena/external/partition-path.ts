/** What Hive calls a partition whose value is NULL or empty. */
export const DEFAULT_PARTITION = '__HIVE_DEFAULT_PARTITION__';

/** Printable characters that Hive writes as %XX in a folder's name, beside control characters (org.apache.hadoop.hive.common.FileUtils; Trino's HiveUtil has the same list). */
const ESCAPED = new Set('"#%\'*/:=?\\{}[]^');

/** `dt=2025-01-01/kind=a%2Fb`, as Hive and Athena lay partitions out. */
export const partitionPath = (keys: readonly string[], values: readonly (string | null)[]): string => keys.map((key, index) => `${escaped(key.toLowerCase())}=${escaped(storedValue(values[index] ?? null))}`).join('/');

/** A partition's value as the catalog and a folder's name hold it. */
export const storedValue = (value: string | null): string => (value === null || value === '' ? DEFAULT_PARTITION : value);

/** A value as part of a folder's name. */
export const escaped = (text: string): string =>
  Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x7f || ESCAPED.has(character) ? `%${code.toString(16).toUpperCase().padStart(2, '0')}` : character;
  }).join('');

/** Undoes the escapes of {@link partitionPath}; a % that is no escape is itself. */
export const unescaped = (text: string): string => text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_match, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));

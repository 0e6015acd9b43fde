import { rawMembers } from '../contracts/index.ts';
import { readFields } from '../files/index.ts';

/** A patch that is none, or that cannot be laid on a record. The message says why, for the person who gave it. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PatchError(`${what} is not JSON`, { cause });
  }
};

/** Is it a JSON object with at least one member? @throws PatchError where it is not */
export const checkPatch = (patch: string): void => {
  const value = parsed(patch, 'the patch');
  if (!isObject(value)) throw new PatchError('the patch is not a JSON object');
  if (Object.keys(value as object).length === 0) throw new PatchError('the patch is empty');
};

/**
 * JSON Merge Patch (RFC 7396) on the texts of two objects: a member of the patch replaces the record's, null removes it, objects are
 * merged. What the patch does not name stays as it was written, letter by letter: numbers of 19 digits and 35.790 survive.
 */
const merge = (target: string, patch: string): string => {
  const changes = new Map([...rawMembers(patch)].map((member) => [member.name, member]));
  const members = [...rawMembers(target)];
  const places = new Map(members.map(({ name }, at) => [name, at])); // of a key that stands twice the last place counts
  const kept = members.flatMap(({ name, key, value }, at) => {
    const change = changes.get(name);
    if (change === undefined) return [`${key}:${value}`];
    return places.get(name) === at ? printed(key, value, change.value) : [];
  });
  const added = [...changes.values()].filter(({ name }) => !places.has(name)).flatMap(({ key, value }) => printed(key, '{}', value));
  return `{${[...kept, ...added].join(',')}}`;
};

const printed = (key: string, before: string, change: string): string[] => {
  if (change === 'null') return [];
  return [`${key}:${change.startsWith('{') ? merge(before.startsWith('{') ? before : '{}', change) : change}`];
};

/**
 * A record's JSON text with a merge patch laid on it.
 * @throws PatchError where the record is no JSON object: there is nothing to lay it on
 */
export const patchJson = (text: string, patch: string): string => {
  if (!isObject(parsed(text, 'the record'))) throw new PatchError('the record is not a JSON object');
  return merge(text, patch);
};

/** What a CSV field can hold: text, a number as it is written, null as an empty field. */
const fieldText = (column: string, value: string): string => {
  if (value === 'null') return '';
  if (value.startsWith('"')) return JSON.parse(value) as string;
  if (/^-?\d/.test(value)) return value;
  throw new PatchError(`the patch's ${column} is neither text nor a number: a CSV field holds nothing else`);
};

const quoted = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/**
 * A CSV row's text with some columns set.
 * @param row undefined where it is not text: then the patch has to give every column
 * @throws PatchError for a column the file does not have, and where the fields the patch leaves alone cannot be told
 */
export const patchCsv = (row: string | undefined, columns: readonly string[], patch: string): string => {
  const changes = new Map([...rawMembers(patch)].map(({ name, value }) => [name, fieldText(name, value)]));
  const unknown = [...changes.keys()].find((name) => !columns.includes(name));
  if (unknown !== undefined) throw new PatchError(`the file has no column ${unknown}`);
  const read = row === undefined ? undefined : readFields(row);
  const fields = read?.ok === true && read.fields.length === columns.length ? read.fields : undefined;
  if (fields === undefined && columns.some((column) => !changes.has(column))) throw new PatchError('which field belongs to which column cannot be told: the patch has to give every column');
  return columns.map((column, at) => quoted(changes.get(column) ?? fields?.[at] ?? '')).join(',');
};

import { AwsError } from './errors.ts';

/** Members of a request's JSON, checked as they are taken. All throw AwsError ValidationException with AWS's wording. */
export type JsonObject = Readonly<Record<string, unknown>>;

const invalid = (member: string, problem: string): AwsError =>
  new AwsError('ValidationException', `1 validation error detected: Value at '${member.charAt(0).toLowerCase()}${member.slice(1)}' failed to satisfy constraint: ${problem}`);

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

export const optionalText = (input: JsonObject, member: string): string | undefined => {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(member, 'Member must be a string');
  return value;
};

export const requiredText = (input: JsonObject, member: string): string => {
  const value = optionalText(input, member);
  if (value === undefined) throw invalid(member, 'Member must not be null');
  return value;
};

export const optionalNumber = (input: JsonObject, member: string): number | undefined => {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(member, 'Member must be a number');
  return value;
};

export const requiredNumber = (input: JsonObject, member: string): number => {
  const value = optionalNumber(input, member);
  if (value === undefined) throw invalid(member, 'Member must not be null');
  return value;
};

export const optionalFlag = (input: JsonObject, member: string): boolean | undefined => {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(member, 'Member must be a boolean');
  return value;
};

export const optionalObject = (input: JsonObject, member: string): Record<string, unknown> | undefined => {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(member, 'Member must be a structure');
  return value;
};

export const requiredObject = (input: JsonObject, member: string): Record<string, unknown> => {
  const value = optionalObject(input, member);
  if (value === undefined) throw invalid(member, 'Member must not be null');
  return value;
};

/** A list of structures; empty where absent. */
export const objectList = (input: JsonObject, member: string): Record<string, unknown>[] => {
  const value = input[member] ?? [];
  if (!Array.isArray(value) || !value.every(isObject)) throw invalid(member, 'Member must be a list of structures');
  return value;
};

/** A list of strings; empty where absent. */
export const textList = (input: JsonObject, member: string): string[] => {
  const value = input[member] ?? [];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) throw invalid(member, 'Member must be a list of strings');
  return value;
};

/** A map from string to string; empty where absent. */
export const textMap = (input: JsonObject, member: string): Record<string, string> => {
  const value = optionalObject(input, member) ?? {};
  for (const key of Object.keys(value)) requiredText(value, key);
  return value as Record<string, string>;
};

/** `[{Key, Value}]`, as most services write tags. */
export const tagList = (input: JsonObject, member: string): Record<string, string> =>
  Object.fromEntries(objectList(input, member).map((tag) => [requiredText(tag, 'Key'), optionalText(tag, 'Value') ?? '']));

/** Tags the other way round. */
export const tagsAsList = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

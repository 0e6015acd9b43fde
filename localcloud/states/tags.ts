import { objectList, optionalText, requiredText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';

/** `[{key, value}]`: Step Functions writes tags in small letters. */
export const readTags = (input: JsonObject, member: string): Record<string, string> =>
  Object.fromEntries(objectList(input, member).map((tag) => [requiredText(tag, 'key'), optionalText(tag, 'value') ?? '']));

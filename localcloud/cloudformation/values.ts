import type { TemplateObject, TemplateValue } from './types.ts';

export const isObject = (value: unknown): value is TemplateObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text, number or boolean as text. @throws Error for anything else, naming what it should have been */
export const textOf = (value: TemplateValue | undefined, what: string): string => {
  if (value === undefined || value === null || typeof value === 'object') throw new Error(`${what}: a text is expected, not ${JSON.stringify(value)}`);
  return String(value);
};

/** A map's values as text: environment variables, parameters of a Glue table. */
export const textMap = (value: TemplateObject, what: string): Record<string, string> =>
  Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textOf(item, `${what}.${key}`)]));

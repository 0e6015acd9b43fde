import type { TemplateObject, TemplateValue } from '../../../localcloud/cloudformation/types.ts';
import { isObject } from '../../../localcloud/cloudformation/values.ts';

/** One deliberate mistake in a copy of something that is right. */
export interface Mistake<T> {
  /** What is done: `a property misspelt`. */
  kind: string;
  /** Where: `LedgerTable.BillingMode`. */
  at: string;
  make: (copy: T) => void;
  /** Why AWS would take it all the same; a check of floe's own may still find it. */
  legal?: string | undefined;
}

export type Path = readonly (string | number)[];

/** Every place in a value, outermost first; the value itself is not one. */
export const placesIn = (value: TemplateValue | object, path: Path = []): { path: Path; value: TemplateValue }[] => {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, TemplateValue][] = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  return entries.flatMap(([key, item]) => [{ path: [...path, key], value: item }, ...placesIn(item, [...path, key])]);
};

const holderOf = (root: object, path: Path): [holder: TemplateObject, key: string] => {
  const holder = path.slice(0, -1).reduce<TemplateValue | undefined>((value, key) => (value as TemplateObject | undefined)?.[key], root as TemplateObject);
  if (typeof holder !== 'object' || holder === null) throw new Error(`there is no ${path.join('.')}`);
  return [holder as TemplateObject, String(path.at(-1))];
};

export const put = (root: object, path: Path, value: TemplateValue): void => {
  const [holder, key] = holderOf(root, path);
  holder[key] = value;
};

export const remove = (root: object, path: Path): void => {
  const [holder, key] = holderOf(root, path);
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
};

/** A key by another name, in its place. */
export const rename = (root: object, path: Path, name: string): void => {
  const [holder, key] = holderOf(root, path);
  const entries = Object.entries(holder).map(([one, value]) => [one === key ? name : one, value] as const);
  for (const one of Object.keys(holder)) Reflect.deleteProperty(holder, one);
  for (const [one, value] of entries) holder[one] = value;
};

/** As a finger slips: two letters of the middle change places, or one is typed twice. */
export const misspelt = (word: string): string => {
  const middle = Math.max(0, Math.floor(word.length / 2) - 1);
  const [first = '', second = ''] = word.slice(middle);
  return first === second || second === '' || !/\w/.test(second) || !/\w/.test(first) ? `${word}${word.at(-1) ?? 'x'}` : word.slice(0, middle) + second + first + word.slice(middle + 2);
};

export const pathText = (path: Path): string => path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('').replace(/^\./, '');

/** Something of another type. A text that reads like a number is one, unless it is told that a text is expected. */
export const ofAnotherType = (value: TemplateValue, isText = false): TemplateValue => {
  if (Array.isArray(value)) return 'text';
  if (isObject(value)) return ['item'];
  if (isText) return { Key: 'value' };
  return typeof value === 'string' && !/^(-?\d+(\.\d+)?|true|false)$/.test(value) ? { Key: 'value' } : 'text';
};

import { BIGINT, VARCHAR } from '@duckdb/node-api';
import type { DuckDBScalarFunction } from '@duckdb/node-api';
import type { TrinoType } from '../types.ts';
import { invalidArgument, rowFunction, textOf } from './define.ts';
import { fitJson } from './json-cast.ts';
import { javaDouble } from './java-text.ts';
import { readJsonPath } from './json-path.ts';
import { JsonReader, isNumber, orUndefined, printJson, readJson } from './json-text.ts';
import type { Json, PathStep } from './json-text.ts';

/** Each value is computed once: a statement has few of them and many rows. */
const remembered = <T>(compute: (text: string) => T): ((text: string) => T) => {
  const known = new Map<string, T>();
  return (text) => {
    if (known.has(text)) return known.get(text) as T;
    if (known.size >= 1000) known.clear();
    const value = compute(text);
    known.set(text, value);
    return value;
  };
};

const stepsOf = remembered((path): PathStep[] => {
  const steps = readJsonPath(path);
  if (!steps) throw invalidArgument(`Invalid JSON path: '${path}'`);
  return steps;
});

const typeOfText = remembered((text) => JSON.parse(text) as TrinoType);

/** The value at a path, undefined where there is none or what comes before it is no JSON. What follows it is not read. */
const valueAt = (text: string, steps: readonly PathStep[]): { value: Json } | undefined =>
  orUndefined(() => {
    const reader = new JsonReader(text);
    return steps.every((step) => reader.descend(step)) ? { value: reader.value() } : undefined;
  });

const scalarAt = (text: string, path: string): string | null => {
  const value = valueAt(text, stepsOf(path))?.value;
  if (value === undefined || value === null || Array.isArray(value) || value instanceof Map) return null;
  return isNumber(value) ? value.text : String(value);
};

const sizeOf = (value: Json | undefined): bigint | null => {
  if (value === undefined) return null;
  return BigInt(Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0);
};

const parsed = (text: string): Json => {
  const document = readJson(text);
  if (!document) throw invalidArgument(`Cannot convert value to JSON: '${text}'`);
  return document.value;
};

/** DuckDB's text of a double or real, as Jackson writes it. */
const jsonNumber = (text: string): string => {
  const value = Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
  return Number.isFinite(value) ? javaDouble(value) : `"${javaDouble(value)}"`;
};

export const JSON_ROW_FUNCTIONS = (): DuckDBScalarFunction[] => [
  rowFunction('t_js_json_parse', [VARCHAR], VARCHAR, (text) => printJson(parsed(textOf(text)), true)),
  rowFunction('t_js_json_extract', [VARCHAR, VARCHAR], VARCHAR, (text, path) => {
    const found = valueAt(textOf(text), stepsOf(textOf(path)));
    return found ? printJson(found.value, false) : null;
  }),
  rowFunction('t_js_json_scalar', [VARCHAR, VARCHAR], VARCHAR, (text, path) => scalarAt(textOf(text), textOf(path))),
  rowFunction('t_js_json_size', [VARCHAR, VARCHAR], BIGINT, (text, path) => sizeOf(valueAt(textOf(text), stepsOf(textOf(path)))?.value)),
  rowFunction('t_js_json_array_length', [VARCHAR], BIGINT, (text) => {
    const value = valueAt(textOf(text), [])?.value;
    return Array.isArray(value) ? BigInt(value.length) : null;
  }),
  // The type as JSON: a name in it may be any text.
  rowFunction('t_js_json_cast', [VARCHAR, VARCHAR], VARCHAR, (text, type) => fitJson(parsed(textOf(text)), typeOfText(textOf(type)))),
  rowFunction('t_js_json_number', [VARCHAR], VARCHAR, (text) => jsonNumber(textOf(text))),
];

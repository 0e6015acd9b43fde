import { jsonPath } from './formats.ts';
import { scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

const at = (args: readonly string[], index: number): string => args[index] ?? '';

/** A text's or a document's text. */
const ofText = (sql: string): string => `CAST(${sql} AS VARCHAR)`;

const path = (argument: Argument | undefined): string => {
  jsonPath(argument); // refuses what Trino refuses before anything runs
  return argument?.sql ?? '';
};

const scalarAt = (args: readonly string[], call: readonly Argument[]): string => {
  const duck = jsonPath(call[1]);
  return duck === undefined ? `t_js_json_scalar(${ofText(at(args, 0))}, ${path(call[1])})` : `t_json_scalar(${at(args, 0)}, ${path(call[1])}, ${duck})`;
};

/** https://trino.io/docs/current/functions/json.html */
export const JSON_FUNCTIONS: Record<string, FunctionRule> = {
  json_extract: scalarFunction(['json_extract(json, varchar) -> json', 'json_extract(varchar, varchar) -> json'], (args, call) => `t_json_extract(${at(args, 0)}, ${path(call[1])})`),
  json_extract_scalar: scalarFunction(['json_extract_scalar(json, varchar) -> varchar', 'json_extract_scalar(varchar, varchar) -> varchar'], scalarAt),
  json_size: scalarFunction(['json_size(json, varchar) -> bigint', 'json_size(varchar, varchar) -> bigint'], (args, call) => `t_js_json_size(${ofText(at(args, 0))}, ${path(call[1])})`),
  json_array_length: scalarFunction(['json_array_length(json) -> bigint', 'json_array_length(varchar) -> bigint'], (args) => `t_js_json_array_length(${ofText(at(args, 0))})`),
  json_array_get: scalarFunction(['json_array_get(json, bigint) -> json', 'json_array_get(varchar, bigint) -> json'], 't_json_array_get'),
  json_array_contains: scalarFunction(['json_array_contains(json, T) -> boolean', 'json_array_contains(varchar, T) -> boolean'], 't_json_array_contains'),
  json_parse: scalarFunction('json_parse(varchar) -> json', 't_json_parse'),
  json_format: scalarFunction('json_format(json) -> varchar', (args) => ofText(at(args, 0))),
  is_json_scalar: scalarFunction(['is_json_scalar(json) -> boolean', 'is_json_scalar(varchar) -> boolean'], 't_is_json_scalar'),
};

import { RuleLimit, scalarFunction } from './rule.ts';
import type { FunctionRule } from './rule.ts';

const at = (args: readonly string[], index: number): string => args[index] ?? '';

const isMap = (kind: string | undefined): boolean => kind === 'map';

/** Elements that are all lists, so that DuckDB's generic list functions apply. */
const transformed = (args: readonly string[]): string => `list_transform(${at(args, 0)}, ${at(args, 1)})`;

const reduce = (args: readonly string[]): string => {
  const folded = `list_reduce(${at(args, 0)}, ${at(args, 2)}, ${at(args, 1)})`;
  const identity = /^lambda ("\w+"): (.*)$/s.exec(at(args, 3));
  return identity && identity[1] === identity[2]?.trim() ? folded : `list_extract(list_transform([${folded}], ${at(args, 3)}), 1)`;
};

/** A map's entries as rows of key and value, filtered or changed, and back. */
const throughEntries = (map: string, entries: (list: string) => string): string => `map_from_entries(${entries(`map_entries(${map})`)})`;

/** A lambda of two parameters as one of a row that holds both. */
const lambdaOfPair = (lambda: string, parts: readonly [string, string], build: (body: string) => string): string => {
  const match = /^lambda ("\w+"), ("\w+"): (.*)$/s.exec(lambda);
  if (!match) throw new RuleLimit('this form of lambda');
  const [, first = '', second = '', body = ''] = match;
  // A column's name behind a dot is not the parameter.
  const put = (text: string, name: string, part: string): string => text.replace(new RegExp(`(?<!\\.)${name}`, 'g'), part);
  return `lambda t_entry_: ${build(put(put(body, first, parts[0]), second, parts[1]))}`;
};

const lambdaOfEntry = (lambda: string, build: (body: string) => string): string => lambdaOfPair(lambda, ['t_entry_.key', 't_entry_.value'], build);

const sorted = (args: readonly string[]): string => {
  if (args.length > 1) throw new RuleLimit('array_sort with a comparator');
  return `t_array_sort(${at(args, 0)})`;
};

/** https://trino.io/docs/current/functions/array.html, map.html, lambda.html */
export const COLLECTION_FUNCTIONS: Record<string, FunctionRule> = {
  cardinality: scalarFunction(['cardinality(array(T)) -> bigint', 'cardinality(map(K, V)) -> bigint'], (args, call) => (isMap(call[0]?.type?.kind) ? `CAST(cardinality(${at(args, 0)}) AS BIGINT)` : call[0]?.type ? `CAST(len(${at(args, 0)}) AS BIGINT)` : `t_cardinality(${at(args, 0)})`)),
  element_at: scalarFunction(['element_at(array(T), bigint) -> T', 'element_at(map(K, V), K) -> V'], (args, call) => (isMap(call[0]?.type?.kind) ? `t_map_element(${at(args, 0)}, ${at(args, 1)})` : call[0]?.type ? `list_extract(${at(args, 0)}, ${at(args, 1)})` : `${at(args, 0)}[${at(args, 1)}]`)),
  array_join: scalarFunction(['array_join(array(T), varchar) -> varchar', 'array_join(array(T), varchar, varchar) -> varchar'], (args, call) => {
    const type = call[0]?.type;
    const isDouble = type?.kind === 'array' && (type.element.kind === 'double' || type.element.kind === 'real');
    const texts = isDouble ? `list_transform(${at(args, 0)}, lambda t_e_: t_double_text(t_e_))` : at(args, 0);
    return `t_array_join(${[texts, ...args.slice(1)].join(', ')})`;
  }),
  array_distinct: scalarFunction('array_distinct(array(T)) -> array(T)', 't_array_distinct'),
  array_sort: scalarFunction(['array_sort(array(T)) -> array(T)', 'array_sort(array(T), function(T, T, bigint)) -> array(T)'], sorted),
  array_position: scalarFunction('array_position(array(T), T) -> bigint', 't_array_position'),
  array_max: scalarFunction('array_max(array(T)) -> T', 't_array_max'),
  array_min: scalarFunction('array_min(array(T)) -> T', 't_array_min'),
  array_union: scalarFunction('array_union(array(T), array(T)) -> array(T)', 't_array_union'),
  array_intersect: scalarFunction('array_intersect(array(T), array(T)) -> array(T)', 't_array_intersect'),
  array_except: scalarFunction('array_except(array(T), array(T)) -> array(T)', 't_array_except'),
  array_remove: scalarFunction('array_remove(array(T), T) -> array(T)', 't_array_remove'),
  arrays_overlap: scalarFunction('arrays_overlap(array(T), array(T)) -> boolean', 't_arrays_overlap'),
  contains: scalarFunction('contains(array(T), T) -> boolean', 't_contains'),
  slice: scalarFunction('slice(array(T), bigint, bigint) -> array(T)', 't_slice'),
  flatten: scalarFunction('flatten(array(array(T))) -> array(T)', 'flatten'),
  repeat: scalarFunction('repeat(T, bigint) -> array(T)', (args) => `list_transform(range(CAST(${at(args, 1)} AS BIGINT)), lambda t_i_: ${at(args, 0)})`),
  zip: scalarFunction('zip(array(T), array(U)) -> array(row(T, U))', 'list_zip'),
  sequence: scalarFunction(
    ['sequence(bigint, bigint) -> array(bigint)', 'sequence(bigint, bigint, bigint) -> array(bigint)', 'sequence(date, date) -> array(date)', 'sequence(date, date, any) -> array(date)', 'sequence(I, I, any) -> array(I)'],
    (args) => `${args.length === 3 ? 't_sequence3' : 't_sequence'}(${args.join(', ')})`,
  ),
  transform: scalarFunction('transform(array(T), function(T, U)) -> array(U)', 'list_transform'),
  filter: scalarFunction('filter(array(T), function(T, boolean)) -> array(T)', 'list_filter'),
  reduce: scalarFunction('reduce(array(T), S, function(S, T, S), function(S, R)) -> R', reduce),
  any_match: scalarFunction('any_match(array(T), function(T, boolean)) -> boolean', (args) => `t_any_match(${transformed(args)})`),
  all_match: scalarFunction('all_match(array(T), function(T, boolean)) -> boolean', (args) => `t_all_match(${transformed(args)})`),
  none_match: scalarFunction('none_match(array(T), function(T, boolean)) -> boolean', (args) => `(NOT t_any_match(${transformed(args)}))`),
  zip_with: scalarFunction('zip_with(array(T), array(U), function(T, U, R)) -> array(R)', (args) => `list_transform(list_zip(${at(args, 0)}, ${at(args, 1)}), ${lambdaOfPair(at(args, 2), ['t_entry_[1]', 't_entry_[2]'], (body) => body)})`),
  map: scalarFunction(['map(array(K), array(V)) -> map(K, V)', 'map() -> map(unknown, unknown)'], (args) => (args.length === 0 ? 'CAST(MAP {} AS MAP(INTEGER, INTEGER))' : `map(${args.join(', ')})`)),
  map_keys: scalarFunction('map_keys(map(K, V)) -> array(K)', 'map_keys'),
  map_values: scalarFunction('map_values(map(K, V)) -> array(V)', 'map_values'),
  map_entries: scalarFunction('map_entries(map(K, V)) -> array(row(K, V))', (args) => `list_transform(map_entries(${at(args, 0)}), lambda t_entry_: row(t_entry_.key, t_entry_.value))`),
  map_from_entries: scalarFunction('map_from_entries(array(row(K, V))) -> map(K, V)', 'map_from_entries'),
  map_concat: scalarFunction('map_concat(map(K, V), map(K, V)...) -> map(K, V)', 'map_concat'),
  map_filter: scalarFunction('map_filter(map(K, V), function(K, V, boolean)) -> map(K, V)', (args) => throughEntries(at(args, 0), (list) => `list_filter(${list}, ${lambdaOfEntry(at(args, 1), (body) => body)})`)),
  transform_values: scalarFunction('transform_values(map(K, V), function(K, V, R)) -> map(K, R)', (args) => throughEntries(at(args, 0), (list) => `list_transform(${list}, ${lambdaOfEntry(at(args, 1), (body) => `row(t_entry_.key, ${body})`)})`)),
};

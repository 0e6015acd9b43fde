import { timestampText } from '../time-text.ts';
import { duckType } from '../types.ts';
import type { TrinoType } from '../types.ts';
import { RuleLimit, scalarFunction } from './rule.ts';
import type { Argument, FunctionRule } from './rule.ts';

const at = (args: readonly string[], index: number): string => args[index] ?? '';

const isMap = (kind: string | undefined): boolean => kind === 'map';

/** Elements that are all lists, so that DuckDB's generic list functions apply. */
const transformed = (args: readonly string[]): string => `list_transform(${at(args, 0)}, ${at(args, 1)})`;

/** DuckDB folds values of one type: state and element travel together, each empty in the other's place. */
const reduce = (args: readonly string[], call: readonly Argument[]): string => {
  const element = call[0]?.type?.kind === 'array' ? call[0].type.element : undefined;
  const state = call[2]?.type;
  const finish = (folded: string): string => {
    const identity = /^lambda ("\w+"): (.*)$/s.exec(at(args, 3));
    return identity && identity[1] === identity[2]?.trim() ? `(${folded})` : `list_extract(list_transform([${folded}], ${at(args, 3)}), 1)`;
  };
  // Of types that are not known beforehand DuckDB refuses two that differ.
  if (!element || !state) return finish(`list_reduce(${at(args, 0)}, ${at(args, 2)}, ${at(args, 1)})`);
  const [stateType, elementType] = [duckType(state), duckType(element)];
  const pair = (stateSql: string, elementSql: string): string => `struct_pack(s := CAST(${stateSql} AS ${stateType}), x := CAST(${elementSql} AS ${elementType}))`;
  const step = lambdaOfPair(at(args, 2), ['t_acc_.s', 't_next_.x'], (body) => pair(body, 'NULL')).replace('lambda t_entry_:', 'lambda t_acc_, t_next_:');
  return finish(`list_reduce(list_transform(${at(args, 0)}, lambda t_e_: ${pair('NULL', 't_e_')}), ${step}, ${pair(at(args, 1), 'NULL')}).s`);
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

const timestampTexts = (list: string, type: TrinoType & { kind: 'timestamp' }): string => `list_transform(${list}, lambda t_e_: ${timestampText('t_e_', type)})`;

/** Without a comparator as the values compare; with one, each element goes behind those that are not greater: equal ones keep their order, as in Trino. */
const sorted = (args: readonly string[]): string => {
  if (args.length === 1) return `t_array_sort(${at(args, 0)})`;
  const match = /^lambda ("\w+"), ("\w+"): (.*)$/s.exec(at(args, 1));
  if (!match) throw new RuleLimit('this form of lambda');
  const [, before = '', next = '', body = ''] = match;
  const those = (operator: string): string => `list_filter(t_sorted_, lambda ${before}: t_comparison(${body}) ${operator} 0)`;
  const insert = `list_concat(${those('<=')}, [${next}], ${those('>')})`;
  return `list_reduce(list_transform(${at(args, 0)}, lambda t_e_: [t_e_]), lambda t_sorted_, t_next_: list_transform(t_next_, lambda ${next}: ${insert})[1], list_slice(${at(args, 0)}, 1, 0))`;
};

/** The keys of both, the first map's first; a value is NULL where a map has no such key. */
const zippedMaps = (args: readonly string[]): string => {
  const match = /^lambda ("\w+"), ("\w+"), ("\w+"): (.*)$/s.exec(at(args, 2));
  if (!match) throw new RuleLimit('this form of lambda');
  const [, key = '', left = '', right = '', body = ''] = match;
  const put = (text: string, name: string, part: string): string => text.replace(new RegExp(`(?<!\\.)${name}`, 'g'), part);
  const value = put(put(put(body, key, 't_key_'), left, `t_map_element(${at(args, 0)}, t_key_)`), right, `t_map_element(${at(args, 1)}, t_key_)`);
  return `map_from_entries(list_transform(t_array_union(map_keys(${at(args, 0)}), map_keys(${at(args, 1)})), lambda t_key_: row(t_key_, ${value})))`;
};

/** https://trino.io/docs/current/functions/array.html, map.html, lambda.html */
export const COLLECTION_FUNCTIONS: Record<string, FunctionRule> = {
  cardinality: scalarFunction(['cardinality(array(T)) -> bigint', 'cardinality(map(K, V)) -> bigint'], (args, call) => (isMap(call[0]?.type?.kind) ? `CAST(cardinality(${at(args, 0)}) AS BIGINT)` : call[0]?.type ? `CAST(len(${at(args, 0)}) AS BIGINT)` : `t_cardinality(${at(args, 0)})`)),
  element_at: scalarFunction(['element_at(array(T), bigint) -> T', 'element_at(map(K, V), K) -> V'], (args, call) => (isMap(call[0]?.type?.kind) ? `t_map_element(${at(args, 0)}, ${at(args, 1)})` : call[0]?.type ? `t_element_at(${at(args, 0)}, ${at(args, 1)})` : `${at(args, 0)}[${at(args, 1)}]`)),
  array_join: scalarFunction(['array_join(array(T), varchar) -> varchar', 'array_join(array(T), varchar, varchar) -> varchar'], (args, call) => {
    const type = call[0]?.type;
    const element = type?.kind === 'array' ? type.element : undefined;
    if (element && ['array', 'map', 'row', 'varbinary'].includes(element.kind)) throw new RuleLimit(`elements of type ${element.kind}`);
    const isDouble = element?.kind === 'double' || element?.kind === 'real';
    const texts = isDouble ? `list_transform(${at(args, 0)}, lambda t_e_: t_double_text(t_e_))` : element?.kind === 'timestamp' ? timestampTexts(at(args, 0), element) : at(args, 0);
    return `t_array_join(${[texts, ...args.slice(1)].join(', ')})`;
  }),
  array_distinct: scalarFunction('array_distinct(array(T)) -> array(T)', 't_array_distinct'),
  array_sort: scalarFunction(['array_sort(array(T)) -> array(T)', 'array_sort(array(T), function(T, T, integer)) -> array(T)'], sorted),
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
  repeat: scalarFunction('repeat(T, bigint) -> array(T)', (args) => `list_transform(range(CASE WHEN ${at(args, 1)} < 0 THEN t_fail_bigint('INVALID_FUNCTION_ARGUMENT', 'count argument of repeat function must be greater than or equal to 0') ELSE CAST(${at(args, 1)} AS BIGINT) END), lambda t_i_: ${at(args, 0)})`),
  zip: scalarFunction(['zip(array(T), array(U)) -> array(row(T, U))', 'zip(array(T), array(U), array(V)) -> array(row(T, U, V))', 'zip(array(T), array(U), array(V), array(W)) -> array(row(T, U, V, W))'], (args) =>
    `CASE WHEN ${args.map((argument) => `${argument} IS NOT NULL`).join(' AND ')} THEN list_zip(${args.join(', ')}) END`),
  trim_array: scalarFunction('trim_array(array(T), bigint) -> array(T)', 't_trim_array'),
  ngrams: scalarFunction('ngrams(array(T), bigint) -> array(array(T))', 't_ngrams'),
  contains_sequence: scalarFunction('contains_sequence(array(T), array(T)) -> boolean', 't_contains_sequence'),
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
  transform_keys: scalarFunction('transform_keys(map(K, V), function(K, V, R)) -> map(R, V)', (args) => throughEntries(at(args, 0), (list) => `list_transform(${list}, ${lambdaOfEntry(at(args, 1), (body) => `row(${body}, t_entry_.value)`)})`)),
  multimap_from_entries: scalarFunction('multimap_from_entries(array(row(K, V))) -> map(K, array(V))', (args) => `t_multimap_of(list_transform(${at(args, 0)}, lambda e: struct_pack(k := struct_extract_at(e, 1), v := struct_extract_at(e, 2))))`),
  map_zip_with: scalarFunction('map_zip_with(map(K, V), map(K, W), function(K, V, W, R)) -> map(K, R)', zippedMaps),
};

import { AGGREGATE_FUNCTIONS, WINDOW_FUNCTIONS } from './aggregates.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { NUMBER_FUNCTIONS } from './numbers.ts';
import type { FunctionRule } from './rule.ts';
import { REGULAR_EXPRESSION_FUNCTIONS } from './regular-expressions.ts';
import { BINARY_FUNCTIONS, TEXT_FUNCTIONS } from './text.ts';
import { TIME_FUNCTIONS } from './time.ts';

/** The closed list: a function that is not here is refused, never handed to DuckDB. */
const FUNCTIONS = new Map<string, FunctionRule>(
  Object.entries({ ...TEXT_FUNCTIONS, ...BINARY_FUNCTIONS, ...REGULAR_EXPRESSION_FUNCTIONS, ...TIME_FUNCTIONS, ...COLLECTION_FUNCTIONS, ...JSON_FUNCTIONS, ...NUMBER_FUNCTIONS, ...AGGREGATE_FUNCTIONS, ...WINDOW_FUNCTIONS }),
);

/** Names Trino has and this engine has not: refused as "not supported locally" instead of "not registered". */
const TRINO_ONLY = new Set(
  ` approx_set array_first array_histogram array_last bar beta_cdf bing_tile
   bitwise_xor_agg checksum classify color combinations convex_hull_agg cosine_distance cosine_similarity
  dot_product empty_approx_set entropy evaluate_classifier_predictions euclidean_distance features from_big_endian_32 from_big_endian_64 from_encoded_polyline from_geojson_geometry from_ieee754_32
  from_ieee754_64 from_iso8601_timestamp_nanos from_unixtime_nanos great_circle_distance geometry_to_bing_tiles hash_counts
   intersection_cardinality inverse_beta_cdf inverse_normal_cdf jaccard_index json_array json_exists json_object json_query json_value learn_classifier
  learn_regressor listagg make_set_digest merge merge_set_digest normal_cdf numeric_histogram objectid
  objectid_timestamp parse_data_size parse_duration parse_presto_data_size pattern_match qdigest_agg quantile_at_value rgb reduce_agg regr_avgx regr_count render regress remove_nulls
   shuffle simplify_geometry sinh spooky_hash_v2_32 spooky_hash_v2_64 st_area st_contains st_distance st_point tdigest_agg timestamp_objectid
    to_big_endian_32 to_big_endian_64 to_encoded_polyline to_geojson_geometry to_geometry to_ieee754_32 to_ieee754_64

   value_at_quantile values_at_quantiles version wilson_interval_lower wilson_interval_upper word_stem timezone
   bitwise_shift_left bitwise_shift_right`.split(/\s+/),
);

export const functionNamed = (name: string): FunctionRule | undefined => FUNCTIONS.get(name);

export const isTrinoFunction = (name: string): boolean => TRINO_ONLY.has(name);

/** The names of all functions there are here, but for the special forms (coalesce, if, try, nullif, greatest, least, concat, at_timezone, typeof). */
export const functionNames = (): string[] => [...FUNCTIONS.keys()];

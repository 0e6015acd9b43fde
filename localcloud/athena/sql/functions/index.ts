import { AGGREGATE_FUNCTIONS, WINDOW_FUNCTIONS } from './aggregates.ts';
import { COLLECTION_FUNCTIONS } from './collections.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { NUMBER_FUNCTIONS } from './numbers.ts';
import type { FunctionRule } from './rule.ts';
import { TEXT_FUNCTIONS } from './text.ts';
import { TIME_FUNCTIONS } from './time.ts';

/** The closed list: a function that is not here is refused, never handed to DuckDB. */
const FUNCTIONS = new Map<string, FunctionRule>(
  Object.entries({ ...TEXT_FUNCTIONS, ...TIME_FUNCTIONS, ...COLLECTION_FUNCTIONS, ...JSON_FUNCTIONS, ...NUMBER_FUNCTIONS, ...AGGREGATE_FUNCTIONS, ...WINDOW_FUNCTIONS }),
);

/** Names Trino has and this engine has not: refused as "not supported locally" instead of "not registered". */
const TRINO_ONLY = new Set(
  `approx_most_frequent approx_set array_first array_histogram array_last bar beta_cdf bing_tile bitwise_left_shift bitwise_right_shift
  bitwise_right_shift_arithmetic bitwise_xor_agg bit_count checksum classify color combinations convex_hull_agg cosine_distance cosine_similarity cosh crc32
  dot_product empty_approx_set entropy evaluate_classifier_predictions euclidean_distance features from_base from_big_endian_32 from_big_endian_64 from_encoded_polyline from_geojson_geometry from_ieee754_32
  from_ieee754_64 from_iso8601_timestamp_nanos from_unixtime_nanos great_circle_distance geometry_to_bing_tiles hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512
  human_readable_seconds intersection_cardinality inverse_beta_cdf inverse_normal_cdf jaccard_index json_array json_exists json_object json_query json_value learn_classifier
  learn_regressor listagg luhn_check make_set_digest map_union map_zip_with merge merge_set_digest multimap_agg multimap_from_entries ngrams normal_cdf numeric_histogram objectid
  objectid_timestamp parse_data_size parse_duration parse_presto_data_size pattern_match qdigest_agg quantile_at_value rgb reduce_agg regr_avgx regr_count render regress remove_nulls
  sha512 shuffle simplify_geometry sinh soundex spooky_hash_v2_32 spooky_hash_v2_64 split_to_multimap st_area st_contains st_distance st_point tanh tdigest_agg timestamp_objectid to_base to_base32 from_base32
  to_base64url from_base64url to_big_endian_32 to_big_endian_64 to_encoded_polyline to_geojson_geometry to_geometry to_ieee754_32 to_ieee754_64 to_milliseconds
  transform_keys trim_array url_decode url_encode url_extract_fragment url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol
  url_extract_query value_at_quantile values_at_quantiles version width_bucket wilson_interval_lower wilson_interval_upper word_stem xxhash64 timezone timezone_hour timezone_minute
  current_timezone bitwise_shift_left bitwise_shift_right`.split(/\s+/),
);

export const functionNamed = (name: string): FunctionRule | undefined => FUNCTIONS.get(name);

export const isTrinoFunction = (name: string): boolean => TRINO_ONLY.has(name);

/** The names of all functions there are here, but for the special forms (coalesce, if, try, nullif, greatest, least, concat, at_timezone, typeof). */
export const functionNames = (): string[] => [...FUNCTIONS.keys()];

import type { DuckDBConnection } from '@duckdb/node-api';
import { FORMAT_ROW_FUNCTIONS } from './format.ts';
import { HASH_ROW_FUNCTIONS } from './hashes.ts';
import { ISO_TIME_ROW_FUNCTIONS } from './iso-times.ts';
import { JSON_ROW_FUNCTIONS } from './json.ts';
import { REGULAR_EXPRESSION_ROW_FUNCTIONS } from './regular-expressions.ts';
import { TEXT_ROW_FUNCTIONS } from './texts.ts';
import { URL_ROW_FUNCTIONS } from './urls.ts';

const FAMILIES = [FORMAT_ROW_FUNCTIONS, HASH_ROW_FUNCTIONS, ISO_TIME_ROW_FUNCTIONS, JSON_ROW_FUNCTIONS, REGULAR_EXPRESSION_ROW_FUNCTIONS, TEXT_ROW_FUNCTIONS, URL_ROW_FUNCTIONS];

/** What DuckDB has no counterpart of, computed in JavaScript. Functions belong to the instance: once is enough, again is harmless. */
export const registerRowFunctions = (connection: DuckDBConnection): void => {
  for (const family of FAMILIES) for (const made of family()) connection.registerScalarFunction(made);
};

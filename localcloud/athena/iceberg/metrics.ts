import type { DuckDBConnection } from '@duckdb/node-api';
import type { DataFile } from './manifests.ts';
import { query, text, textIn } from './sql.ts';
import type { Leaf } from './types.ts';
import { boundOf, parseValue } from './values.ts';
import type { Value } from './values.ts';

/** A row of COPY … RETURN_STATS. */
export interface WrittenFile {
  filename: string;
  count: string;
  file_size_bytes: string;
  column_statistics: { key: string; value: { key: string; value: string | null }[] }[] | null;
  partition_keys: { key: string; value: string | null }[] | null;
}

export type Metrics = Pick<DataFile, 'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'nanValueCounts' | 'lowerBounds' | 'upperBounds'>;
type Writable = { [K in keyof Metrics]: Metrics[K] extends ReadonlyMap<infer Key, infer Of> ? Map<Key, Of> : never };

/** A least or greatest value as DuckDB's statistics print it: bytes as hex, all else as in a query. */
const parseStatistic = (leaf: Leaf, value: string): Value | undefined => (leaf.type === 'binary' ? Buffer.from(value, 'hex') : parseValue(leaf.type, value));

const setBound = (bounds: Map<number, Buffer>, leaf: Leaf, value: string | null | undefined, side: 'lower' | 'upper'): void => {
  const parsed = value === null || value === undefined ? undefined : parseStatistic(leaf, value);
  const bound = parsed === undefined ? undefined : boundOf(leaf.type, parsed, side);
  if (bound) bounds.set(leaf.id, bound);
};

/** DuckDB says that a column has NaN, Iceberg wants to know how many. */
const countNans = async (connection: DuckDBConnection, file: string, paths: readonly string[]): Promise<bigint[]> => {
  if (paths.length === 0) return [];
  const counts = paths.map((column, index) => `count(*) FILTER (isnan(${column})) AS n${index}`);
  const [row] = await query(connection, `SELECT ${counts.join(', ')} FROM read_parquet(${text(file)}, hive_partitioning = false)`);
  return paths.map((_path, index) => BigInt(textIn(row ?? {}, `n${index}`)));
};

/**
 * Counts, sizes and bounds of a file just written, from the statistics DuckDB returns of it
 * (https://iceberg.apache.org/spec/#data-file-fields): nulls are counted among the values, NaN is left out of bounds, columns
 * below lists and maps have a size only, as Iceberg's default metrics have it.
 */
export const metricsOf = async (connection: DuckDBConnection, written: WrittenFile, file: string, leaves: ReadonlyMap<string, Leaf>): Promise<Metrics> => {
  const metrics: Writable = { columnSizes: new Map(), valueCounts: new Map(), nullValueCounts: new Map(), nanValueCounts: new Map(), lowerBounds: new Map(), upperBounds: new Map() };
  const withNan: { id: number; path: string }[] = [];
  for (const { key, value } of written.column_statistics ?? []) {
    const leaf = leaves.get(key);
    if (!leaf) continue;
    const statistic = new Map(value.map((pair) => [pair.key, pair.value]));
    metrics.columnSizes.set(leaf.id, BigInt(statistic.get('column_size_bytes') ?? 0));
    if (leaf.repeated) continue;
    metrics.valueCounts.set(leaf.id, BigInt(statistic.get('num_values') ?? 0));
    metrics.nullValueCounts.set(leaf.id, BigInt(statistic.get('null_count') ?? 0));
    if (statistic.get('has_nan') === 'true') withNan.push({ id: leaf.id, path: key });
    else if (leaf.type === 'float' || leaf.type === 'double') metrics.nanValueCounts.set(leaf.id, 0n);
    setBound(metrics.lowerBounds, leaf, statistic.get('min'), 'lower');
    setBound(metrics.upperBounds, leaf, statistic.get('max'), 'upper');
  }
  const counts = await countNans(connection, file, withNan.map(({ path }) => path));
  for (const [index, { id }] of withNan.entries()) metrics.nanValueCounts.set(id, counts[index] ?? 0n);
  return metrics;
};

import type { DataFile, FieldSummary } from './manifests.ts';
import type { PartitionColumn } from './partitions.ts';
import { columnMayMatch, partitionMayMatch } from './predicates.ts';
import type { BoundPredicate } from './predicates.ts';
import { fromBinary } from './values.ts';

/** Whether files of a manifest can hold rows that satisfy all predicates, by the manifest's partition summaries. */
export const manifestMayMatch = (predicates: readonly BoundPredicate[], columns: readonly PartitionColumn[], summaries: readonly FieldSummary[] | null): boolean =>
  columns.every((column, index) => {
    const summary = summaries?.[index];
    if (!summary?.lower_bound || !summary.upper_bound) return true;
    const hasNan = (column.type === 'float' || column.type === 'double') && summary.contains_nan !== false;
    const [lower, upper] = [fromBinary(column.type, summary.lower_bound), hasNan ? undefined : fromBinary(column.type, summary.upper_bound)];
    return predicates.every((predicate) => predicate.fieldId !== column.sourceId || partitionMayMatch(predicate, column.transform, lower, upper));
  });

const partitionOfFileMayMatch = (predicate: BoundPredicate, columns: readonly PartitionColumn[], file: DataFile): boolean =>
  columns.every((column, index) => {
    if (column.sourceId !== predicate.fieldId || column.transform.kind === 'void' || column.transform.kind === 'unknown') return true;
    const value = file.partition[index] ?? null;
    if (value === null) return false; // the column is NULL in the whole file: no comparison is true
    return partitionMayMatch(predicate, column.transform, value, value);
  });

const boundsMayMatch = (predicate: BoundPredicate, file: DataFile): boolean => {
  const nulls = file.nullValueCounts.get(predicate.fieldId);
  if (nulls !== undefined && nulls === file.valueCounts.get(predicate.fieldId)) return false;
  const [lower, upper] = [file.lowerBounds.get(predicate.fieldId), file.upperBounds.get(predicate.fieldId)];
  const read = (bound: Buffer | undefined) => (bound === undefined ? undefined : fromBinary(predicate.type, bound));
  // Bounds leave NaN out, and DuckDB orders it above all numbers: where there may be some, the upper bound is open.
  const mayBeNan = (predicate.type === 'float' || predicate.type === 'double') && file.nanValueCounts.get(predicate.fieldId) !== 0n;
  return columnMayMatch(predicate, read(lower), mayBeNan ? undefined : read(upper));
};

/** Whether a data file can hold rows that satisfy all predicates, by its partition and its column bounds. */
export const fileMayMatch = (predicates: readonly BoundPredicate[], columns: readonly PartitionColumn[], file: DataFile): boolean =>
  predicates.every((predicate) => partitionOfFileMayMatch(predicate, columns, file) && boundsMayMatch(predicate, file));

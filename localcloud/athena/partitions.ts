import { AwsError } from '../core/errors.ts';
import type { GluePartition, GlueTable, GlueTableInput } from '../glue/index.ts';
import { partitionPath } from './external/partition-path.ts';
import type { StatementRun } from './statement-run.ts';

export const keysOf = (table: GlueTableInput): string[] => (table.PartitionKeys ?? []).map((key) => key.Name.toLowerCase());

/** `s3://bucket/table/dt=2025-01-01/`: where Hive puts a partition that is given no place. */
export const defaultLocation = (table: GlueTableInput, values: readonly string[]): string => `${(table.StorageDescriptor?.Location ?? '').replace(/\/*$/, '/')}${partitionPath(keysOf(table), values)}/`;

/** A partition as the catalog keeps it: the table's storage at a place of its own. */
export const partitionInput = (table: GlueTableInput, values: readonly string[], location = defaultLocation(table, values)): Pick<GluePartition, 'Values' | 'StorageDescriptor'> => ({
  Values: [...values],
  StorageDescriptor: { ...table.StorageDescriptor, Location: location },
});

/** Each once: a partition may have several files. */
export const distinctPartitions = (partitions: readonly (readonly string[])[]): (readonly string[])[] => [...new Map(partitions.map((partition) => [JSON.stringify(partition), partition])).values()];

/** Writes partitions into the catalog that it has not yet; another statement may write the same at once. */
export const registerPartitions = (run: StatementRun, table: GlueTable, partitions: readonly (readonly string[])[]): void => {
  if (keysOf(table).length === 0) return;
  const { store } = run.parts.catalog;
  for (const values of distinctPartitions(partitions)) {
    if (store.partition(table.DatabaseName, table.Name, values)) continue;
    try {
      store.createPartition(table.DatabaseName, table.Name, partitionInput(table, values));
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'AlreadyExistsException') throw error;
    }
  }
};

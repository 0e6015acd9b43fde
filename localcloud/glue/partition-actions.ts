import { createHash } from 'node:crypto';
import { AwsError } from '../core/errors.ts';
import type { Actions } from './actions.ts';
import { action, collectErrors, listed, refuseMembers } from './actions.ts';
import type { CatalogStore } from './catalog-store.ts';
import type { GluePartition, GluePartitionInput } from './glue-types.ts';
import type { Input } from './input.ts';
import { checkColumns, checkCount, checkPartitionValues, violation } from './limits.ts';
import { partitionFilter } from './partition-expression.ts';

export const partitionActions = (catalog: CatalogStore): Actions => ({ ...readingActions(catalog), ...writingActions(catalog) });

const readingActions = (catalog: CatalogStore): Actions => ({
  GetPartition: action((input) => {
    const found = catalog.partition(...tableNames(input), input.texts('PartitionValues'));
    if (!found) throw new AwsError('EntityNotFoundException', 'Partition not found.');
    return { Partition: found };
  }),
  BatchGetPartition: action((input) => {
    const [database, name] = tableNames(input);
    catalog.requireTable(database, name);
    const wanted = input.structures('PartitionsToGet').map((item) => item.texts('Values'));
    checkCount(wanted, 1000, 'partitionsToGet');
    return {
      Partitions: wanted.flatMap((values) => catalog.partition(database, name, values) ?? []),
      UnprocessedKeys: [], // of what is not there AWS tells nothing either
    };
  }),
  GetPartitions: action((input) => {
    refuseMembers(input, 'GetPartitions', ['QueryAsOfTime']);
    const [database, name] = tableNames(input);
    const table = catalog.requireTable(database, name);
    const matches = partitionFilter(input.optionalText('Expression'), table.PartitionKeys ?? []);
    const inSegment = segmentFilter(input);
    const wanted = catalog.partitions(database, name).filter(({ Values }) => matches(Values) && inSegment(Values));
    const { items, nextToken } = listed(input, wanted, 1000);
    return { Partitions: input.flag('ExcludeColumnSchema') ? items.map(withoutColumns) : items, NextToken: nextToken };
  }),
});

const writingActions = (catalog: CatalogStore): Actions => ({
  CreatePartition: action((input) => catalog.createPartition(...tableNames(input), partitionInput(input.structure('PartitionInput')))),
  BatchCreatePartition: action((input) => {
    const partitions = input.structures('PartitionInputList').map(partitionInput);
    checkCount(partitions, 100, 'partitionInputList');
    const names = tableNames(input);
    return { Errors: collectErrors(partitions, (partition) => catalog.createPartition(...names, partition), ({ Values }) => ({ PartitionValues: Values })) };
  }),
  UpdatePartition: action((input) => {
    const { values, partition } = partitionChange(input);
    catalog.updatePartition(...tableNames(input), values, partition);
  }),
  BatchUpdatePartition: action((input) => {
    const entries = input.structures('Entries');
    checkCount(entries, 100, 'entries');
    const names = tableNames(input);
    const update = (entry: Input): void => {
      const { values, partition } = partitionChange(entry);
      catalog.updatePartition(...names, values, partition);
    };
    return { Errors: collectErrors(entries, update, (entry) => ({ PartitionValueList: entry.texts('PartitionValueList') })) };
  }),
  DeletePartition: action((input) => catalog.deletePartition(...tableNames(input), input.texts('PartitionValues'))),
  BatchDeletePartition: action((input) => {
    const wanted = input.structures('PartitionsToDelete').map((item) => item.texts('Values'));
    checkCount(wanted, 25, 'partitionsToDelete');
    const names = tableNames(input);
    return { Errors: collectErrors(wanted, (values) => catalog.deletePartition(...names, values), (values) => ({ PartitionValues: values })) };
  }),
});

const tableNames = (input: Input): [database: string, table: string] => [input.text('DatabaseName'), input.text('TableName')];

const partitionInput = (given: Input): GluePartitionInput => {
  const values = given.texts('Values');
  checkPartitionValues(values, 'partition.values');
  const storage = given.structure('StorageDescriptor');
  checkColumns(storage.structures('Columns'), 'partition.storageDescriptor.columns');
  return { ...given.all(), Values: values, StorageDescriptor: storage.all(), Parameters: (given.raw('Parameters') ?? {}) as Record<string, string> };
};

/** A partition's values cannot be changed: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdatePartition.html (the text is not AWS's). */
const partitionChange = (given: Input): { values: string[]; partition: GluePartitionInput } => {
  const values = given.texts('PartitionValueList');
  const partition = partitionInput(given.structure('PartitionInput'));
  if (partition.Values.length !== values.length || partition.Values.some((value, index) => value !== values[index])) {
    throw given.refuse('The partition values of PartitionInput must be those of PartitionValueList: values cannot be changed');
  }
  return { values, partition };
};

/**
 * The segments divide a table's partitions among several readers (https://docs.aws.amazon.com/glue/latest/webapi/API_Segment.html).
 * Which segment has a partition follows from its values alone, so that it does not move while others come and go.
 */
const segmentFilter = (input: Input): ((values: readonly string[]) => boolean) => {
  if (!input.has('Segment')) return () => true;
  const segment = input.structure('Segment');
  const number = segment.optionalNumber('SegmentNumber') ?? -1;
  const total = segment.optionalNumber('TotalSegments') ?? -1;
  if (!Number.isInteger(total) || total < 1) throw violation(total, 'segment.totalSegments', 'Member must have value greater than or equal to 1');
  if (total > 10) throw violation(total, 'segment.totalSegments', 'Member must have value less than or equal to 10');
  if (!Number.isInteger(number) || number < 0) throw violation(number, 'segment.segmentNumber', 'Member must have value greater than or equal to 0');
  if (number >= total) throw input.refuse(`SegmentNumber ${number} must be below TotalSegments ${total}`); // text not confirmed
  return (values) => createHash('sha256').update(JSON.stringify(values)).digest().readUInt32BE() % total === number;
};

const withoutColumns = ({ StorageDescriptor: storage, ...partition }: GluePartition): GluePartition => {
  const kept = Object.fromEntries(Object.entries(storage ?? {}).filter(([member]) => member !== 'Columns'));
  return { ...partition, StorageDescriptor: kept };
};

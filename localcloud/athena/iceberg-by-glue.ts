import { AwsError } from '../core/errors.ts';
import type { ObjectStore } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';
import type { GlueColumn, GlueTableInput } from '../glue/index.ts';
import { glueColumn } from './catalog.ts';
import { AthenaFailure } from './failure.ts';
import { parseHiveType, TypeTextError } from './hive-types.ts';
import type { ColumnDefinition } from './iceberg/index.ts';
import { createTable, IcebergError, IcebergTable } from './iceberg/index.ts';
import { icebergTypeOf } from './iceberg-types.ts';

/**
 * Makes the first metadata of an Iceberg table that Glue's CreateTable is asked for (OpenTableFormatInput), and answers the table as the
 * catalog is to keep it (https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergInput.html). Parameters stay the catalog's; none
 * becomes a property of the metadata.
 * @throws AwsError InvalidInputException. The texts about partitions and reserved parameters are AWS's
 * (https://github.com/hashicorp/terraform-provider-aws/issues/36531, https://github.com/apache/iceberg-go/pull/410), the others are not confirmed.
 */
export const icebergByGlue =
  ({ store, clock }: { store: ObjectStore; clock: Clock }) =>
  (input: GlueTableInput): GlueTableInput => {
    const { Parameters: parameters = {}, StorageDescriptor: storage = {} } = input;
    if ((input.PartitionKeys ?? []).length > 0) throw refuse('Cannot create partitions in an iceberg table');
    if (['table_type', 'metadata_location'].some((key) => Object.hasOwn(parameters, key))) {
      throw refuse('Cannot use reserved parameters table_type or metadata_location while creating an iceberg table');
    }
    const location = checkedLocation(store, storage.Location);
    const columns = (storage.Columns ?? []).map(icebergColumn);
    if (columns.length === 0) throw refuse('An iceberg table needs columns');
    const metadataLocation = firstMetadata(store, clock, location, columns);
    const { schema } = IcebergTable.load(store, metadataLocation);
    return {
      ...input,
      TableType: input.TableType ?? 'EXTERNAL_TABLE',
      PartitionKeys: [],
      Parameters: { ...parameters, table_type: 'ICEBERG', metadata_location: metadataLocation },
      StorageDescriptor: { ...storage, Location: location, Columns: schema.fields.map(glueColumn) },
    };
  };

const refuse = (text: string, cause?: unknown): AwsError => new AwsError('InvalidInputException', text, { cause });

const checkedLocation = (store: ObjectStore, location: string | undefined): string => {
  const [, bucket = '', folder = ''] = /^s3:\/\/([^/]+)\/(.*?)\/*$/.exec(location ?? '') ?? [];
  if (folder === '' || folder.includes('//')) throw refuse(`Location of an iceberg table must be a folder in a bucket: ${location ?? ''}`);
  if (!store.bucketExists(bucket)) throw refuse(`The bucket of the location does not exist: ${bucket}`);
  return `s3://${bucket}/${folder}`;
};

const icebergColumn = ({ Name: name, Type: type, Comment: doc }: GlueColumn): ColumnDefinition => {
  try {
    return { name, type: icebergTypeOf(parseHiveType(type ?? '')), ...(doc === undefined ? {} : { doc }) };
  } catch (error) {
    if (error instanceof TypeTextError || error instanceof AthenaFailure) throw refuse(`Unsupported type of column ${name}: ${type ?? ''}`, error);
    throw error;
  }
};

const firstMetadata = (store: ObjectStore, clock: Clock, location: string, columns: readonly ColumnDefinition[]): string => {
  try {
    return createTable(store, location, { columns, clock }).metadataLocation;
  } catch (error) {
    if (error instanceof IcebergError) throw refuse(error.message, error);
    throw error;
  }
};

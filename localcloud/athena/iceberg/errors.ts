/** Names of errors that statements on Iceberg tables end with, as Athena reports them. */
export type IcebergErrorName =
  | 'ICEBERG_COMMIT_ERROR'
  | 'ICEBERG_TOO_MANY_OPEN_PARTITIONS'
  | 'ICEBERG_INVALID_METADATA'
  | 'ICEBERG_INVALID_SNAPSHOT_ID'
  | 'ICEBERG_INVALID_PARTITION_VALUE'
  | 'MERGE_TARGET_ROW_MULTIPLE_MATCHES'
  | 'CONSTRAINT_VIOLATION'
  | 'COLUMN_NOT_FOUND'
  | 'COLUMN_ALREADY_EXISTS'
  | 'INVALID_TABLE_PROPERTY'
  | 'INVALID_ARGUMENTS'
  | 'NOT_SUPPORTED';

/** A statement that an Iceberg table refuses. `message` is the text a user of Athena sees, without the name in front. */
export class IcebergError extends Error {
  override readonly name = 'IcebergError';
  readonly errorName: IcebergErrorName;

  constructor(errorName: IcebergErrorName, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.errorName = errorName;
  }
}

/** Another writer moved the table's metadata pointer first. Thrown by {@link MetadataPointer.swap}; never seen by a statement's user. */
export class CommitConflict extends Error {
  override readonly name = 'CommitConflict';
}

/** Moving the metadata pointer failed in a way that leaves open whether it moved: no file may be deleted then. */
export class CommitStateUnknown extends Error {
  override readonly name = 'CommitStateUnknown';
}

/** The pointer may not be moved by who asked for it, and was not. `cause` says why. */
export class CommitRefused extends Error {
  override readonly name = 'CommitRefused';
}

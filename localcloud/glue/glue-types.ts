/** The parts of Glue's data model this cloud keeps, in the API's own names (https://docs.aws.amazon.com/glue/latest/webapi/API_Table.html). */
export interface GlueColumn {
  Name: string;
  Type?: string;
  Comment?: string;
  Parameters?: Record<string, string>;
}

export interface GlueStorageDescriptor {
  Columns?: GlueColumn[];
  Location?: string;
  InputFormat?: string;
  OutputFormat?: string;
  Compressed?: boolean;
  NumberOfBuckets?: number;
  SerdeInfo?: { Name?: string; SerializationLibrary?: string; Parameters?: Record<string, string> };
  BucketColumns?: string[];
  SortColumns?: unknown[];
  Parameters?: Record<string, string>;
  StoredAsSubDirectories?: boolean;
}

/** What CreateTable and UpdateTable take. */
export interface GlueTableInput {
  Name: string;
  Description?: string;
  Owner?: string;
  Retention?: number;
  StorageDescriptor?: GlueStorageDescriptor;
  PartitionKeys?: GlueColumn[];
  ViewOriginalText?: string;
  ViewExpandedText?: string;
  TableType?: string;
  Parameters?: Record<string, string>;
}

/** What GetTable answers. Times are epoch seconds. */
export interface GlueTable extends GlueTableInput {
  DatabaseName: string;
  CatalogId: string;
  CreateTime: number;
  UpdateTime: number;
  CreatedBy: string;
  IsRegisteredWithLakeFormation: boolean;
  VersionId: string;
}

export interface GlueDatabaseInput {
  Name: string;
  Description?: string;
  LocationUri?: string;
  Parameters?: Record<string, string>;
}

export interface GlueDatabase extends GlueDatabaseInput {
  CatalogId: string;
  CreateTime: number;
}

/** What CreatePartition and UpdatePartition take. */
export interface GluePartitionInput {
  Values: string[];
  StorageDescriptor?: GlueStorageDescriptor;
  Parameters?: Record<string, string>;
}

export interface GluePartition extends GluePartitionInput {
  DatabaseName: string;
  TableName: string;
  CatalogId: string;
  CreationTime: number;
}

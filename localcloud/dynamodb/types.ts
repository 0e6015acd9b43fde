export interface DynamoDbOptions {
  /** Folder of this service alone; LevelDB's files lie in it. */
  dataDir: string;
  region: string;
}

import type { Clock } from '../core/service.ts';

export interface DynamoDbOptions {
  /** Folder of this service alone; LevelDB's files lie in it. */
  dataDir: string;
  region: string;
  /** How long a transaction's token is known goes by it. Default: the time of day. */
  clock?: Clock;
}

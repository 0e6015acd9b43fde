import type { Clock } from '../core/service.ts';

export interface DynamoDbOptions {
  /** Folder of this service alone; LevelDB's files lie in it. */
  dataDir: string;
  region: string;
  /** Items expire by it, and so does what is known of a transaction's token. Default: the time of day. */
  clock?: Clock;
  /** Told why expired items could not be deleted; it is tried again. */
  onProblem?: (problem: unknown) => void;
}

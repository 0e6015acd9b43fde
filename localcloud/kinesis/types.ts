import type { Clock } from '../core/service.ts';

export interface KinesisOptions {
  /** Folder of this service alone: one sub-folder per stream. */
  dataDir: string;
  region: string;
  clock: Clock;
  /**
   * True: a shard takes 1 MiB and 1,000 records a second and gives 2 MiB in five reads a second, as on AWS; what is above is answered
   * ProvisionedThroughputExceededException. Default false: as fast as the disk.
   */
  shardLimits?: boolean;
}

/** A stream as it is kept in `<dataDir>/<stream>/stream.json`. */
export interface StreamState {
  name: string;
  mode: 'PROVISIONED' | 'ON_DEMAND';
  retentionHours: number;
  maxRecordSizeKiB: number;
  /** ISO 8601, UTC. */
  createdAt: string;
  tags: Record<string, string>;
  shards: ShardState[];
  /** Of enhanced fan-out. */
  consumers?: ConsumerState[];
}

export interface ConsumerState {
  name: string;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** Hash keys and sequence numbers are beyond 2^53, so they are kept as decimal text. */
export interface ShardState {
  id: string;
  startingHashKey: string;
  endingHashKey: string;
  startingSequenceNumber: string;
  /** Set once the shard is closed by a split or a merge. */
  endingSequenceNumber?: string;
  parentShardId?: string;
  adjacentParentShardId?: string;
}

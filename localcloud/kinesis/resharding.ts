import { AwsError } from '../core/errors.ts';
import { sequenceNumber, shardIdOf, shardNumber } from './sequence-numbers.ts';
import type { Stream } from './stream.ts';
import type { ShardState, StreamState } from './types.ts';

const openShard = (stream: Stream, shardId: string): ShardState => {
  const shard = stream.shard(shardId);
  if (shard.endingSequenceNumber !== undefined) throw new AwsError('InvalidArgumentException', `Shard ${shardId} in stream ${stream.state.name} is closed`);
  return shard;
};

const closeShard = (draft: StreamState, shardId: string, endingSequenceNumber: string): void => {
  const shard = draft.shards.find((candidate) => candidate.id === shardId);
  if (shard) shard.endingSequenceNumber = endingSequenceNumber;
};

const addShard = (draft: StreamState, now: number, range: { start: bigint; end: bigint }, parents: [string, string?]): void => {
  const id = shardIdOf(Math.max(...draft.shards.map((shard) => shardNumber(shard.id))) + 1);
  draft.shards.push({
    id,
    startingHashKey: String(range.start),
    endingHashKey: String(range.end),
    startingSequenceNumber: sequenceNumber(now, -1, id),
    parentShardId: parents[0],
    ...(parents[1] === undefined ? {} : { adjacentParentShardId: parents[1] }),
  });
};

/** Sequence number of a closed shard's end: behind every record that is or is being written. */
const endOf = (now: number, shardId: string): string => sequenceNumber(now, Number.MAX_SAFE_INTEGER - 1, shardId);

/** SplitShard: the parent closes, two children take the keys below the new starting hash key and those from it on. */
export const splitShard = (stream: Stream, shardId: string, newStartingHashKey: string, now: number): void => {
  const parent = openShard(stream, shardId);
  if (!/^\d{1,39}$/.test(newStartingHashKey)) throw new AwsError('ValidationException', `1 validation error detected: Value '${newStartingHashKey}' at 'newStartingHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})`);
  const cut = BigInt(newStartingHashKey);
  const range = { start: BigInt(parent.startingHashKey), end: BigInt(parent.endingHashKey) };
  if (cut <= range.start || cut > range.end) {
    throw new AwsError('InvalidArgumentException', `NewStartingHashKey ${newStartingHashKey} used in SplitShard() on shard ${shardId} is not inside its range`);
  }
  stream.change((draft) => {
    closeShard(draft, shardId, endOf(now, shardId));
    addShard(draft, now, { start: range.start, end: cut - 1n }, [shardId]);
    addShard(draft, now, { start: cut, end: range.end }, [shardId]);
  });
};

/** MergeShards: both parents close, one child takes their ranges, which must touch. */
export const mergeShards = (stream: Stream, shardId: string, adjacentId: string, now: number): void => {
  const [one, other] = [openShard(stream, shardId), openShard(stream, adjacentId)];
  const [low, high] = BigInt(one.startingHashKey) < BigInt(other.startingHashKey) ? [one, other] : [other, one];
  if (BigInt(low.endingHashKey) + 1n !== BigInt(high.startingHashKey)) {
    throw new AwsError('InvalidArgumentException', `Shards ${shardId} and ${adjacentId} in stream ${stream.state.name} are not an adjacent pair of shards eligible for merging`);
  }
  stream.change((draft) => {
    closeShard(draft, shardId, endOf(now, shardId));
    closeShard(draft, adjacentId, endOf(now, adjacentId));
    addShard(draft, now, { start: BigInt(low.startingHashKey), end: BigInt(high.endingHashKey) }, [shardId, adjacentId]);
  });
};

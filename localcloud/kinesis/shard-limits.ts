import { AwsError } from '../core/errors.ts';
import { ACCOUNT_ID } from '../core/service.ts';

/** What one shard takes and gives (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html). */
const WRITE_BYTES_PER_SECOND = 1 << 20;
const WRITE_RECORDS_PER_SECOND = 1_000;
const READS_PER_SECOND = 5;
const READ_BYTES_PER_SECOND = 2 << 20;

interface Second {
  second: number;
  writtenBytes: number;
  writtenRecords: number;
  reads: number;
  readBytes: number;
}

/** Counts what goes through each shard of one stream in the second under way; only where limits are asked for. */
export class ShardLimits {
  private readonly seconds = new Map<string, Second>();
  /** When what was read of a shard is paid off, in epoch milliseconds: 10 MB read at once stop its reads for five seconds. */
  private readonly readUntil = new Map<string, number>();

  /** False where the record is above what the shard takes in this second; then it does not count. */
  admitsWrite(shardId: string, bytes: number, now: Date): boolean {
    const second = this.current(shardId, now);
    if (second.writtenRecords + 1 > WRITE_RECORDS_PER_SECOND || second.writtenBytes + bytes > WRITE_BYTES_PER_SECOND) return false;
    second.writtenRecords += 1;
    second.writtenBytes += bytes;
    return true;
  }

  /** Throws ProvisionedThroughputExceededException. */
  beforeRead(stream: string, shardId: string, now: Date): void {
    const second = this.current(shardId, now);
    if (second.reads + 1 > READS_PER_SECOND || now.getTime() < (this.readUntil.get(shardId) ?? 0)) throw rateExceeded(stream, shardId);
    second.reads += 1;
  }

  afterRead(shardId: string, bytes: number, now: Date): void {
    const second = this.current(shardId, now);
    second.readBytes += bytes;
    if (second.readBytes > READ_BYTES_PER_SECOND) this.readUntil.set(shardId, (second.second + Math.ceil(second.readBytes / READ_BYTES_PER_SECOND)) * 1000);
  }

  private current(shardId: string, now: Date): Second {
    const second = Math.floor(now.getTime() / 1000);
    const known = this.seconds.get(shardId);
    if (known?.second === second) return known;
    const fresh = { second, writtenBytes: 0, writtenRecords: 0, reads: 0, readBytes: 0 };
    this.seconds.set(shardId, fresh);
    return fresh;
  }
}

/** The words of PutRecords' documentation. */
export const rateExceededMessage = (stream: string, shardId: string): string => `Rate exceeded for shard ${shardId} in stream ${stream} under account ${ACCOUNT_ID}.`;

export const rateExceeded = (stream: string, shardId: string): AwsError => new AwsError('ProvisionedThroughputExceededException', rateExceededMessage(stream, shardId));

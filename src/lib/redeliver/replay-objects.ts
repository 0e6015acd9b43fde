import { appEvent, shopEvent } from '../contracts/index.ts';
import type { Objects } from '../aws/index.ts';

/** Records of a shard, from the first to the last sequence number without a gap, that lie in one bronze object. */
export interface Chunk {
  shardId: string;
  first: string;
  last: string;
}

/** Objects of other versions of the contracts are not taken for these: a replay judges by today's. */
const CONTRACTS = `${appEvent.version}-${shopEvent.version}`;

/** A sequence number has up to 129 digits; a run's statements name every object, so names are kept short. */
const shortOf = (sequenceNumber: string): string => {
  const hex = BigInt(sequenceNumber).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
};
const longOf = (short: string): string => BigInt(`0x${Buffer.from(short, 'base64url').toString('hex')}`).toString();

/** `12` of `shardId-000000000012` */
const shortShard = (shardId: string): string => shardId.replace(/^shardId-0*(?=.)/, '');

/** The object's name says what it holds: the same records always make the same name, and what is there tells how far a replay came. */
export const nameOfChunk = ({ shardId, first, last }: Chunk): string => `replay.${CONTRACTS}.${shortShard(shardId)}.${shortOf(first)}.${shortOf(last)}.parquet`;

const NAME = /\/replay\.([\d-]+)\.([\w-]+)\.([\w-]+)\.([\w-]+)\.parquet$/;

/** Chunks that lie in bronze. */
export interface WrittenChunks {
  /** The last record of the longest chunk that begins with this record; undefined where there is none. */
  lastOf(shardId: string, first: string): string | undefined;
}

/** @param dates partitions to look into, `yyyy-MM-dd` */
export const findWrittenChunks = async (objects: Pick<Objects, 'list'>, dates: readonly string[]): Promise<WrittenChunks> => {
  const lasts = new Map<string, string>();
  for (const date of dates) {
    for await (const { key } of objects.list(`bronze/events/ingestion_date=${date}/`)) {
      const [, contracts, shard = '', first = '', last = ''] = NAME.exec(key) ?? [];
      if (contracts !== CONTRACTS) continue;
      const known = lasts.get(`${shard}.${first}`);
      if (known === undefined || BigInt(longOf(last)) > BigInt(known)) lasts.set(`${shard}.${first}`, longOf(last));
    }
  }
  return { lastOf: (shardId, first) => lasts.get(`${shortShard(shardId)}.${shortOf(first)}`) };
};

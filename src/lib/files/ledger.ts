import { putFirst } from '../aws/index.ts';
import type { Item, StateTable } from '../aws/index.ts';
import type { RemoteFile } from './file-server.ts';

/**
 * What is known of files, in the ledger table. Two kinds of items:
 *
 * - one per **sighting** `path|size|mtime`: seen → claimed → done | failed | duplicate;
 * - one per **content** `sha256:…`: claimed → done | failed. It fixes, at the first claim, everything the objects' names and
 *   bytes depend on, so that a retry (over midnight, under another name, by another process) writes the same objects.
 */
export type SightingState = 'seen' | 'claimed' | 'done' | 'failed' | 'duplicate';

export interface Sighting {
  state: SightingState;
  path: string;
  size_bytes: number;
  /** Bronze's text, UTC. */
  modified_at: string;
  seen_at: string;
  content_hash?: string;
  duplicate_of?: string;
  reason?: string;
  finished_at?: string;
}

export interface Content {
  state: 'claimed' | 'done' | 'failed';
  /** The sighting that claimed it first. */
  sighting: string;
  source_file: string;
  /** The file's mtime: the arrival of its rows. */
  arrival_timestamp: string;
  ingestion_date: string;
  /** When it was claimed: the ingestion time of its rows. */
  ingestion_timestamp: string;
  size_bytes: number;
  /** Bytes of rows per part; kept, since the cut between parts must not move. */
  part_bytes: number;
  parts_done: number;
  rows: number;
  quarantined: number;
  reason?: string;
  finished_at?: string;
}

export interface Ledger {
  sighting(file: RemoteFile): Promise<Sighting | undefined>;
  /** Records a sighting; whoever is last wins, since states only move towards an end. */
  saveSighting(file: RemoteFile, sighting: Sighting): Promise<void>;
  content(hash: string): Promise<Content | undefined>;
  /** Claims a content nobody has claimed; else answers the claim that is there. */
  claim(hash: string, content: Content): Promise<Content>;
  /** Moves a claimed content on; false where another run has moved it meanwhile. */
  advance(hash: string, from: Content, to: Content): Promise<boolean>;
}

/** Key of a sighting. A newer file of the same name has another time or size. */
export const sightingKey = ({ path, sizeBytes, modifiedMillis }: RemoteFile): string => `${path}|${sizeBytes}|${modifiedMillis}`;
const contentKey = (hash: string): string => `sha256:${hash}`;

export const createLedger = (table: StateTable): Ledger => ({
  async sighting(file) {
    return (await table.get(sightingKey(file))) as Sighting | undefined;
  },
  async saveSighting(file, sighting) {
    await table.put(sightingKey(file), sighting as unknown as Item);
  },
  content: async (hash) => (await table.get(contentKey(hash))) as Content | undefined,
  claim: (hash, claimed) => putFirst(table, contentKey(hash), claimed),
  advance: (hash, from, to) => table.put(contentKey(hash), to as unknown as Item, { state: 'claimed', parts_done: from.parts_done, ingestion_timestamp: from.ingestion_timestamp }),
});

import { putFirst } from '../aws/index.ts';
import type { Item, StateTable } from '../aws/index.ts';

/**
 * What is known of an object below Firehose's error prefix, in the ledger table, beside the files'. Fixed at the first claim:
 * everything the names and bytes of its bronze objects depend on, so that a retry writes the same ones.
 */
export interface ErrorObject {
  state: 'claimed' | 'done';
  /** Lines it holds; Firehose does not tell. */
  records: number;
  /** When it was claimed: the ingestion time of its rows, and their partition. Bronze's text, UTC. */
  ingestion_timestamp: string;
  /** Lines whose rows lie in bronze, and the objects they lie in. */
  records_done: number;
  parts_done: number;
  finished_at?: string;
}

export interface ErrorLedger {
  /** undefined where the object has not been claimed. */
  find(key: string): Promise<ErrorObject | undefined>;
  /** Claims an object nobody has claimed; else answers the claim that is there. */
  claim(key: string, claimed: ErrorObject): Promise<ErrorObject>;
  /** Moves a claimed object on; false where another call has moved it meanwhile. */
  advance(key: string, from: ErrorObject, to: ErrorObject): Promise<boolean>;
}

const keyOf = (key: string): string => `undelivered:${key}`;

export const createErrorLedger = (table: StateTable): ErrorLedger => ({
  find: async (key) => (await table.get(keyOf(key))) as ErrorObject | undefined,
  claim: (key, claimed) => putFirst(table, keyOf(key), claimed),
  advance: (key, from, to) => table.put(keyOf(key), to as unknown as Item, { state: 'claimed', parts_done: from.parts_done, ingestion_timestamp: from.ingestion_timestamp }),
});

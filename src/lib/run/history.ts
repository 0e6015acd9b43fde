import type { Objects } from '../aws/index.ts';
import type { Snapshots } from '../lake/index.ts';
import type { BackfillProgress } from './backfill-steps.ts';
import type { Floor } from './floor.ts';

/** What the lake was when a run had committed: state/commits/<run id>.json, beside the run's summary. */
export interface CommitRecord {
  runId: string;
  committedAt: string;
  /** The run committed before this one; null for the first. */
  previous: string | null;
  tables: Snapshots;
  takenKey: string;
  /** From when on, instead of `committedAt`, the next load looks for objects; null where this one had found all. */
  searchFrom: string | null;
  /** How far the last backfill had come; null or absent where there was none. */
  backfill?: BackfillProgress | null;
  /** What retention had left; null or absent where it had never run. */
  floor?: Floor | null;
  /** S3 keys of the decisions about quarantined records that the run applied, or kept while it went back; absent in older records. */
  decisions?: readonly string[];
}

const keyOf = (runId: string): string => `state/commits/${runId}.json`;

/**
 * Writes down what a run is about to commit. Where an earlier try has done so, its record counts: one that is written later, by an
 * invocation that was overtaken, may have seen the tables of the next run. @returns the record that counts
 */
export const putCommitRecord = async <Record extends CommitRecord>(objects: Objects, record: Record): Promise<Record> => {
  const key = keyOf(record.runId);
  if (await objects.putOver(key, JSON.stringify(record, null, 1), undefined, { contentType: 'application/json' })) return record;
  const bytes = await objects.get(key);
  if (!bytes) throw new Error(`the record ${key} vanished while it was written`);
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Record;
};

/**
 * The runs that were committed, the last one first. It follows the records back from the last one: a record alone proves
 * nothing, since a run that died between its record and its commit leaves one too.
 * @param last run id of the lake item's commit; null: none
 */
export async function* committedRuns(objects: Objects, last: string | null): AsyncGenerator<CommitRecord> {
  for (let runId = last; runId !== null; ) {
    const bytes = await objects.get(keyOf(runId));
    if (bytes === undefined) throw new Error(`the record ${keyOf(runId)} of a committed run is missing`);
    const record = JSON.parse(Buffer.from(bytes).toString('utf8')) as CommitRecord;
    yield record;
    runId = record.previous;
  }
}

/**
 * The decisions about quarantined records that were committed after a run, the first one first, by their S3 keys.
 * @param last run id of the lake item's commit
 * @param runId a committed run
 */
export const decisionsSince = async (objects: Objects, last: string | null, runId: string): Promise<string[]> => {
  const decisions: string[] = [];
  for await (const record of committedRuns(objects, last)) {
    if (record.runId === runId) break;
    decisions.unshift(...(record.decisions ?? []));
  }
  return [...new Set(decisions)];
};

/** No committed run is meant. */
export class NoSuchRunError extends Error {
  override readonly name = 'NoSuchRunError';
}

/**
 * The committed run that `to` means: a run by its id, or the last one committed at or before a time (ISO 8601, UTC where it names no
 * zone). @throws NoSuchRunError
 */
export const findCommittedRun = async (objects: Objects, last: string | null, to: string): Promise<CommitRecord> => {
  const time = /^\d{4}-\d\d-\d\d/.test(to) ? Date.parse(/^[\d-]+$|Z$|[+-]\d\d:?\d\d$/.test(to) ? to : `${to.replace(' ', 'T')}Z`) : undefined;
  if (Number.isNaN(time)) throw new NoSuchRunError(`${to} is no time: expected one like 2025-11-07T19:46:52Z`);
  for await (const record of committedRuns(objects, last)) {
    if (time === undefined ? record.runId === to : Date.parse(record.committedAt) <= time) return record;
  }
  throw new NoSuchRunError(time === undefined ? `no committed run is named ${to}` : `no run was committed at or before ${to}`);
};

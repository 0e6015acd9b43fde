import { AwsError } from '../core/errors.ts';
import { objectList } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import { plainCode, sqsError } from './errors.ts';

const MAX_ENTRIES = 10;
const MAX_BATCH_BYTES = 1_048_576;

const idOf = (entry: JsonObject): string => (typeof entry.Id === 'string' ? entry.Id : '');

/** What is wrong with a batch as a whole. */
const checkBatch = (action: string, entries: readonly JsonObject[], bytes: number): void => {
  if (entries.length === 0) throw sqsError('EmptyBatchRequest', `There should be at least one ${action}RequestEntry in the request.`);
  if (entries.length > MAX_ENTRIES) throw sqsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`);
  const ids = entries.map(idOf);
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) throw sqsError('InvalidBatchEntryId', 'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.');
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw sqsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  if (bytes > MAX_BATCH_BYTES) throw sqsError('BatchRequestTooLong', `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`);
};

/**
 * Runs the entries of a batch: each is read by itself, so that a bad one fails alone; those that can be read go on together.
 * `run` answers one output for each it is given, in their order.
 */
export const runBatch = async <T>(
  action: string,
  input: JsonObject,
  read: (entry: JsonObject) => T,
  run: (read: T[]) => Promise<Record<string, unknown>[]>,
  bytesOf: (entries: readonly JsonObject[]) => number = () => 0,
): Promise<unknown> => {
  const entries = objectList(input, 'Entries');
  checkBatch(action, entries, bytesOf(entries));
  const good: { id: string; value: T }[] = [];
  const failed: Record<string, unknown>[] = [];
  for (const entry of entries) {
    try {
      good.push({ id: idOf(entry), value: read(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id: idOf(entry), SenderFault: true, Code: plainCode(error), Message: error.message });
    }
  }
  const outputs = good.length > 0 ? await run(good.map(({ value }) => value)) : [];
  return { Successful: good.map(({ id }, index) => ({ Id: id, ...outputs[index] })), ...(failed.length > 0 ? { Failed: failed } : {}) };
};

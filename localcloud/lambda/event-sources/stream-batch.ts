import type { StreamRecord } from '../../core/ports.ts';
import type { Timers } from '../../core/timers.ts';
import type { InvocationOutcome } from '../invocation.ts';
import { failedItems } from './partial-response.ts';
import { kinesisEvent } from './source-events.ts';
import type { InvokeBatch, Mapping } from './types.ts';

export interface StreamBatchPorts {
  invoke: InvokeBatch;
  timers: Timers;
  region: string;
  /** Waits; resolves early when all is to end. */
  pause: (milliseconds: number) => Promise<void>;
  isStopping: () => boolean;
  /** Everything up to this record is done with; on disk when this returns. */
  checkpoint: (record: StreamRecord) => void;
  /** Tells the on-failure destination of records that are given up. */
  giveUp: (records: readonly StreamRecord[], condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded', attempts: number, outcome: InvocationOutcome | undefined) => Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Hands a batch of one shard to the function, again and again until it is done or given up: nothing behind it is read before.
 * Resolves with what became of it; where all is to end meanwhile, what is not checkpointed comes again.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, kinesis-reporting
 */
export const processStreamBatch = async (batch: readonly StreamRecord[], mapping: Mapping, ports: StreamBatchPorts): Promise<string> => {
  let records = batch;
  for (let attempt = 1; ; attempt++) {
    records = await dropAged(records, mapping, ports, attempt - 1);
    if (records.length === 0) return 'OK';
    const outcome = await ports.invoke(mapping.functionName, JSON.stringify(kinesisEvent(records, mapping.sourceArn, ports.region)));
    if (ports.isStopping() && !outcome.ok) return 'PROBLEM: Function call failed';
    const done = doneBefore(outcome, records, mapping);
    const last = records[done - 1];
    if (last) ports.checkpoint(last);
    if (done === records.length) return 'OK';
    records = records.slice(done);
    if (mapping.bisects && done === 0 && records.length > 1) return processHalves(records, mapping, ports);
    const { maximumRetries = -1 } = mapping;
    if (maximumRetries >= 0 && attempt > maximumRetries) {
      await giveUpAll(records, 'RetryAttemptsExhausted', attempt, outcome, ports);
      return 'PROBLEM: Function call failed';
    }
    await ports.pause(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1)));
    if (ports.isStopping()) return 'PROBLEM: Function call failed';
  }
};

/** A batch that failed is cut in two; splitting is no retry, so each half has all of its own. */
const processHalves = async (records: readonly StreamRecord[], mapping: Mapping, ports: StreamBatchPorts): Promise<string> => {
  const middle = Math.ceil(records.length / 2);
  const first = await processStreamBatch(records.slice(0, middle), mapping, ports);
  if (ports.isStopping()) return first;
  const second = await processStreamBatch(records.slice(middle), mapping, ports);
  return first === 'OK' ? second : first;
};

/** How many records from the start are done: all before the first that failed. */
const doneBefore = (outcome: InvocationOutcome, records: readonly StreamRecord[], mapping: Mapping): number => {
  const failed = failedItems(outcome, records.map(({ sequenceNumber }) => sequenceNumber), mapping.reportsFailures);
  const first = records.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
  return first < 0 ? records.length : first;
};

const dropAged = async (records: readonly StreamRecord[], { maximumAgeSeconds = -1 }: Mapping, ports: StreamBatchPorts, attempts: number): Promise<readonly StreamRecord[]> => {
  if (maximumAgeSeconds < 0) return records;
  const oldest = ports.timers.now().getTime() - maximumAgeSeconds * 1000;
  const young = records.findIndex(({ approximateArrivalTimestamp }) => approximateArrivalTimestamp.getTime() >= oldest);
  const count = young < 0 ? records.length : young;
  if (count > 0) await giveUpAll(records.slice(0, count), 'RecordAgeExceeded', attempts, undefined, ports);
  return records.slice(count);
};

/** First somebody is told, then the records are behind us: a crash in between tells twice and loses nothing. */
const giveUpAll = async (records: readonly StreamRecord[], condition: Parameters<StreamBatchPorts['giveUp']>[1], attempts: number, outcome: InvocationOutcome | undefined, ports: StreamBatchPorts): Promise<void> => {
  await ports.giveUp(records, condition, attempts, outcome);
  const last = records.at(-1);
  if (last) ports.checkpoint(last);
};

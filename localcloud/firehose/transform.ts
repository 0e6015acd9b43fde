import { randomUUID } from 'node:crypto';
import { setImmediate as afterOthers } from 'node:timers/promises';
import { AwsError } from '../core/errors.ts';
import { isObject } from '../core/json-input.ts';
import type { FunctionInvoker } from '../core/ports.ts';
import type { FailedRecord, SourceRecord, TransformedRecord } from './records.ts';

export interface TransformSettings {
  lambdaArn: string;
  /** BufferSizeInMBs: data of one call, before base64. */
  batchBytes: number;
  /** NumberOfRetries after a call that failed. */
  retries: number;
}

export interface TransformPorts {
  functions: FunctionInvoker;
  region: string;
  deliveryStreamArn: string;
  sourceKinesisStreamArn: string | undefined;
}

export interface TransformOutcome {
  delivered: TransformedRecord[];
  failed: FailedRecord[];
  dropped: number;
}

/** Lambda's limit of a synchronous call, either way. */
const PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Firehose's limit of one record. */
const RECORD_BYTES = 1000 * 1024;

/** Cuts records into calls of at most so much data; a larger record goes alone. */
export const cutBatches = (records: readonly SourceRecord[], batchBytes: number): SourceRecord[][] => {
  const batches: SourceRecord[][] = [];
  let current: SourceRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    if (current.length > 0 && bytes + record.data.length > batchBytes) {
      batches.push(current);
      current = [];
      bytes = 0;
    }
    current.push(record);
    bytes += record.data.length;
  }
  if (current.length > 0) batches.push(current);
  return batches;
};

/** The event a transformation function gets (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html). */
const eventOf = (batch: readonly SourceRecord[], ports: TransformPorts): unknown => ({
  invocationId: randomUUID(),
  deliveryStreamArn: ports.deliveryStreamArn,
  ...(ports.sourceKinesisStreamArn === undefined ? {} : { sourceKinesisStreamArn: ports.sourceKinesisStreamArn }),
  region: ports.region,
  records: batch.map((record) => ({
    recordId: record.id,
    approximateArrivalTimestamp: record.arrival.getTime(),
    data: record.data.toString('base64'),
    ...(record.kinesis === undefined
      ? {}
      : {
          kinesisRecordMetadata: {
            sequenceNumber: record.kinesis.sequenceNumber,
            subsequenceNumber: 0,
            shardId: record.kinesis.shardId,
            partitionKey: record.kinesis.partitionKey,
            approximateArrivalTimestamp: record.arrival.getTime(),
          },
        }),
  })),
});

type CallOutcome = { ok: true; answers: unknown[] } | { ok: false; errorCode: string; errorMessage: string };

const callOnce = async (batch: readonly SourceRecord[], settings: TransformSettings, ports: TransformPorts): Promise<CallOutcome> => {
  const result = await invoke(settings.lambdaArn, eventOf(batch, ports), ports.functions);
  if (!result.ok) return result;
  const { payload } = result;
  if (!isObject(payload) || !Array.isArray(payload.records)) {
    return { ok: false, errorCode: 'Lambda.JsonProcessingException', errorMessage: 'The Lambda function returned a response without a list "records".' };
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > PAYLOAD_BYTES) {
    return { ok: false, errorCode: 'Lambda.FunctionError', errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_BYTES} bytes).` };
  }
  return { ok: true, answers: payload.records };
};

type Invocation = { ok: true; payload: unknown } | { ok: false; errorCode: string; errorMessage: string };

const invoke = async (lambdaArn: string, event: unknown, functions: FunctionInvoker): Promise<Invocation> => {
  try {
    const result = await functions.invoke(lambdaArn, event);
    if (result.ok) return result;
    if (/Task timed out/.test(result.errorMessage)) return { ok: false, errorCode: 'Lambda.FunctionTimedOut', errorMessage: `The Lambda function timed out. Increase the Timeout setting in the Lambda function. ${result.errorMessage}` };
    return { ok: false, errorCode: 'Lambda.FunctionError', errorMessage: `The Lambda function was successfully invoked but it returned an error result: ${result.errorType}: ${result.errorMessage}` };
  } catch (error) {
    // A function that is not there is the user's to mend: as in AWS its records go to the error prefix. Anything else is a defect.
    if (error instanceof AwsError) return { ok: false, errorCode: `Lambda.${error.code.replace(/Exception$/, '')}`, errorMessage: error.message };
    throw error;
  }
};

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

const judgeAnswer = (source: SourceRecord, answers: readonly Record<string, unknown>[] | undefined, attempts: number): TransformedRecord | FailedRecord | 'dropped' => {
  const fail = (errorCode: string, errorMessage: string): FailedRecord => ({ source, data: source.data, attempts, errorCode, errorMessage });
  const [answer, second] = answers ?? [];
  if (!answer) return fail('Lambda.MissingRecordId', 'The response of the Lambda function has no record with this recordId.');
  if (second) return fail('Lambda.DuplicatedRecordId', 'The response of the Lambda function has more than one record with this recordId.');
  if (answer.result === 'Dropped') return 'dropped';
  if (answer.result === 'ProcessingFailed') return fail('Lambda.ProcessingFailedStatus', 'ProcessingFailed status set for the record by the Lambda function.');
  if (answer.result !== 'Ok') return fail('Lambda.InvalidReturnFormat', `The Lambda function answered a record with the result ${JSON.stringify(answer.result)}; it must be Ok, Dropped or ProcessingFailed.`);
  if (typeof answer.data === 'string' && !isBase64(answer.data)) return fail('Lambda.InvalidReturnFormat', 'The Lambda function answered a record with data that is not base64.');
  if (typeof answer.data !== 'string') return fail('Lambda.InvalidReturnFormat', 'The Lambda function answered a record with Ok and without data.');
  const data = Buffer.from(answer.data, 'base64');
  if (data.length > RECORD_BYTES) return fail('Lambda.RecordTooLarge', `The Lambda function answered a record with ${data.length} bytes; a record may have ${RECORD_BYTES}.`);
  return { source, data };
};

/** Every record of the batch ends delivered, failed or dropped. */
const transformBatch = async (batch: readonly SourceRecord[], settings: TransformSettings, ports: TransformPorts): Promise<TransformOutcome> => {
  let attempts = 1;
  let call = await callOnce(batch, settings, ports);
  while (!call.ok && attempts <= settings.retries) {
    attempts += 1;
    call = await callOnce(batch, settings, ports);
  }
  if (!call.ok) {
    const { errorCode, errorMessage } = call;
    return { delivered: [], failed: batch.map((source) => ({ source, data: source.data, attempts, errorCode, errorMessage })), dropped: 0 };
  }
  const byId = new Map<unknown, Record<string, unknown>[]>();
  for (const answer of call.answers.filter(isObject)) {
    const same = byId.get(answer.recordId);
    if (same) same.push(answer);
    else byId.set(answer.recordId, [answer]);
  }
  const outcome: TransformOutcome = { delivered: [], failed: [], dropped: 0 };
  for (const source of batch) {
    const judged = judgeAnswer(source, byId.get(source.id), attempts);
    if (judged === 'dropped') outcome.dropped += 1;
    else if ('errorCode' in judged) outcome.failed.push(judged);
    else outcome.delivered.push(judged);
  }
  return outcome;
};

/**
 * Sends records through the function, batch by batch, and gives the outcome of each. Throws only where the function's own
 * machinery breaks; then nothing has happened and the same records can be sent again.
 */
export const transformRecords = async function* (records: readonly SourceRecord[], settings: TransformSettings, ports: TransformPorts): AsyncGenerator<TransformOutcome> {
  for (const batch of cutBatches(records, settings.batchBytes)) {
    yield await transformBatch(batch, settings, ports);
    await afterOthers(); // functions run in this process: a large buffer would leave requests without an answer until its end
  }
};

import { createCapture } from '../capture/index.ts';
import type { CapturePorts, EventRow, FirehoseEvent, FirehoseRecord } from '../capture/index.ts';

/** As Firehose cuts its calls of capture, in bytes before base64 (resources/streams.yml). */
const CALL_BYTES = 512 * 1_024;
/** Rows of very small records are many times their size: so many nearly always fit into one answer. */
const CALL_RECORDS = 2_000;

/** The streams records came through: part of the rows' origin. */
export type Streams = Pick<FirehoseEvent, 'deliveryStreamArn' | 'sourceKinesisStreamArn'>;

function* callsOf(records: readonly FirehoseRecord[]): Generator<FirehoseRecord[]> {
  let call: FirehoseRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = (record.data.length / 4) * 3;
    if (call.length === CALL_RECORDS || (call.length > 0 && bytes + size > CALL_BYTES)) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(record);
    bytes += size;
  }
  if (call.length > 0) yield call;
}

/**
 * Sends records through capture, as Firehose does, and gives its rows one by one in the records' order. A record that capture hands back
 * since the answer of its batch would be too large goes again alone, where it fits.
 * @throws Error where capture hands back a record that is alone
 */
export const createRowCapture = (ports: CapturePorts, streams: Streams) => {
  const capture = createCapture(ports);
  const rowsOf = async function* (records: readonly FirehoseRecord[]): AsyncGenerator<EventRow> {
    const { answer } = await capture({ ...streams, invocationId: '', records });
    for (const [index, { recordId, result, data }] of answer.records.entries()) {
      if (result === 'Ok') yield JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as EventRow;
      else if (records.length > 1) yield* rowsOf(records.slice(index, index + 1));
      else throw new Error(`capture answers ${result} to the record ${recordId}`);
    }
  };
  return async function* captureRows(records: readonly FirehoseRecord[]): AsyncGenerator<EventRow> {
    for (const call of callsOf(records)) yield* rowsOf(call);
  };
};

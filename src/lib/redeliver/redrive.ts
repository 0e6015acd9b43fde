import { hash } from 'node:crypto';
import type { Objects } from '../aws/index.ts';
import { createBronzeWriter, isStaleClaim } from '../bronze/index.ts';
import type { EventRow, FirehoseRecord } from '../capture/index.ts';
import { epochMillisOf, timestampOf } from '../contracts/index.ts';
import { createRowCapture } from './capture-rows.ts';
import { eventPartition } from './event-partition.ts';
import type { ErrorLedger, ErrorObject } from './error-ledger.ts';
import { readErrorLine } from './error-record.ts';
import type { ErrorLine } from './error-record.ts';
import { linesOf } from './lines.ts';
import { countRecords, findUndelivered, sumUndelivered } from './undelivered.ts';
import type { Undelivered } from './undelivered.ts';

export interface RedriveConfig {
  /** Bytes of an error object's lines per bronze object. */
  partBytes: number;
  /** Work stops between bronze objects when less than this is left of the function's time. */
  reserveMillis: number;
}

export const redriveDefaults: RedriveConfig = { partBytes: 8 << 20, reserveMillis: 60_000 };

export interface RedrivePorts {
  objects: Pick<Objects, 'bucket' | 'list' | 'read' | 'get' | 'put'>;
  errorLedger: ErrorLedger;
  clock: () => Date;
  /** Milliseconds left for this call. */
  remainingMillis: () => number;
}

/** What a call did; counts are of records. */
export interface RedriveOutcome {
  found: Undelivered;
  /** Brought to bronze by this call. */
  redriven: number;
  /** Of these, invalid: a run takes them to quarantine. */
  quarantined: number;
  /** Of these, lines of an error object that hold no record: kept whole, with the reason. */
  unreadable: number;
  left: Undelivered;
}

type Counts = Pick<RedriveOutcome, 'redriven' | 'quarantined' | 'unreadable'>;

/** Lines that become one bronze object; the number of the first part and of the first line is 1. */
interface Part {
  number: number;
  firstLine: number;
  lines: Buffer[];
}

/** A part ends with the line that reaches `partBytes`, so the cut depends on the content alone. */
const partsOf = async function* (lines: AsyncIterable<Buffer>, partBytes: number): AsyncGenerator<Part> {
  let part: Part = { number: 1, firstLine: 1, lines: [] };
  let bytes = 0;
  for await (const line of lines) {
    part.lines.push(line);
    bytes += line.length;
    if (bytes < partBytes) continue;
    yield part;
    part = { number: part.number + 1, firstLine: part.firstLine + part.lines.length, lines: [] };
    bytes = 0;
  }
  if (part.lines.length > 0) yield part;
};

const isConversionFailure = (key: string): boolean => key.includes('/format-conversion-failed/');

/** The row capture makes of a line's record, with the place on the stream where the line knows it, or the reason it holds none. */
const rowOf = (row: EventRow, read: ErrorLine): EventRow => {
  if (!read.ok) return { ...row, validation_errors: [read.reason] };
  const { source } = read.record;
  return source ? { ...row, origin: source.origin, shard_id: source.shardId, sequence_number: source.sequenceNumber } : row;
};

/**
 * Sends the records below Firehose's error prefix through capture again, object by object, into bronze. They keep their arrival;
 * their origin is their place on the stream, or, where Firehose does not tell it, their place below the prefix.
 *
 * A bronze object is named by the error object and the part, in the partition fixed at the first claim: a crash anywhere, and two
 * calls at once, write the same objects. First the object is written, then the ledger moves on.
 */
export const redrive = async (ports: RedrivePorts, config: RedriveConfig = redriveDefaults): Promise<RedriveOutcome> => {
  const { objects, errorLedger, clock, remainingMillis } = ports;
  const counts: Counts = { redriven: 0, quarantined: 0, unreadable: 0 };
  const hasTime = (): boolean => remainingMillis() >= config.reserveMillis;
  const now = (): string => timestampOf(clock().getTime());

  const claim = async (key: string): Promise<ErrorObject> =>
    errorLedger.claim(key, { state: 'claimed', records: await countRecords(objects, key), ingestion_timestamp: now(), records_done: 0, parts_done: 0 });

  const renew = async (key: string, claimed: ErrorObject): Promise<ErrorObject | undefined> => {
    if (!isStaleClaim(claimed.ingestion_timestamp, clock())) return claimed;
    const renewed = { ...claimed, ingestion_timestamp: now() };
    return (await errorLedger.advance(key, claimed, renewed)) ? renewed : undefined;
  };

  const writePart = async (key: string, { number, firstLine, lines }: Part, { ingestion_timestamp }: ErrorObject): Promise<Counts> => {
    const claimedMillis = epochMillisOf(ingestion_timestamp);
    const captureRows = createRowCapture({ objects, clock: () => new Date(claimedMillis) }, { deliveryStreamArn: objects.bucket });
    const read: ErrorLine[] = [];
    for (const line of lines) read.push(await readErrorLine(line, isConversionFailure(key), objects));
    const records = read.map((line, index): FirehoseRecord => ({
      recordId: `${key}#${firstLine + index}`,
      data: (line.ok ? line.record.data : lines[index])?.toString('base64') ?? '',
      approximateArrivalTimestamp: line.ok ? line.record.arrivalMillis : claimedMillis,
    }));
    const written = { redriven: lines.length, quarantined: 0, unreadable: 0 };
    const writer = createBronzeWriter('events');
    for await (const captured of captureRows(records)) {
      const line = read[writer.rowCount];
      if (!line) throw new Error(`capture gave more rows than ${key} has lines`);
      const row = rowOf(captured, line);
      writer.append(row);
      if (row.validation_errors.length > 0) written.quarantined += 1;
      if (!line.ok) written.unreadable += 1;
    }
    const name = `redriven-${hash('sha256', key, 'hex').slice(0, 32)}-part-${String(number).padStart(5, '0')}.parquet`;
    await objects.put(`${eventPartition(claimedMillis)}${name}`, writer.finish());
    return written;
  };

  /** Goes on after the last part that is there. Where another call moves the same object on, it is left to that one. */
  const driveObject = async (key: string): Promise<void> => {
    const known = await errorLedger.find(key);
    let claimed = known?.state === 'claimed' ? await renew(key, known) : undefined;
    if (!claimed) return;
    const pieces = await objects.read(key);
    if (!pieces) throw new Error(`${key} is not there any more`);
    for await (const part of partsOf(linesOf(pieces), config.partBytes)) {
      if (part.number <= claimed.parts_done) continue;
      if (!hasTime()) return;
      const written = await writePart(key, part, claimed);
      const next: ErrorObject = { ...claimed, parts_done: part.number, records_done: claimed.records_done + part.lines.length };
      if (!(await errorLedger.advance(key, claimed, next))) return;
      claimed = next;
      counts.redriven += written.redriven;
      counts.quarantined += written.quarantined;
      counts.unreadable += written.unreadable;
    }
    await errorLedger.advance(key, claimed, { ...claimed, state: 'done', finished_at: now() });
  };

  const found = await findUndelivered(ports);
  for (const object of found) if (!object.known && hasTime()) object.known = await claim(object.key);
  for (const { key, known } of found) if (known && hasTime()) await driveObject(key);
  return { found: sumUndelivered(found), ...counts, left: sumUndelivered(await findUndelivered(ports)) };
};

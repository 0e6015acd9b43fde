import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { CatalogReader, ObjectStore } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';
import type { Compression, Destination } from './destination.ts';
import { FormatConversion } from './format-conversion.ts';
import { formatTime, renderPrefix } from './prefix.ts';
import { renderErrorObject } from './records.ts';
import type { ErrorOutputType, FailedBy, FailedRecord, SourceRecord, TransformedRecord } from './records.ts';
import { transformRecords } from './transform.ts';
import type { TransformOutcome, TransformPorts } from './transform.ts';
import type { DeliveryReport } from './types.ts';

export interface DeliveryPorts extends TransformPorts {
  objects: ObjectStore;
  catalog: CatalogReader;
  clock: Clock;
}

export const emptyReport = (): DeliveryReport => ({ recordsIn: 0, recordsDelivered: 0, recordsDropped: 0, recordsProcessingFailed: 0, recordsConversionFailed: 0, objects: [] });

const oldestArrival = (sources: readonly SourceRecord[]): Date => new Date(sources.reduce((oldest, source) => Math.min(oldest, source.arrival.getTime()), Number.POSITIVE_INFINITY));

/** Which stream delivers, and its version: 1, and one more after each change of its destination. */
export interface DeliveredBy {
  name: string;
  versionId: number;
}

/** `<stream>-<version>-2026-01-31-10-15-00-<uuid>` (https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html). */
const objectName = ({ name, versionId }: DeliveredBy, time: Date, timeZone: string | undefined): string =>
  `${name}-${versionId}-${formatTime('yyyy-MM-dd-HH-mm-ss', time, timeZone)}-${randomUUID()}`;

const compressed = (body: Buffer, compression: Compression): Buffer => (compression === 'GZIP' ? gzipSync(body) : body);
const extensionOf = (compression: Compression): string => (compression === 'GZIP' ? '.gz' : '');

/** What becomes of a buffer's records on their way; the object's body is made of them as they come. */
interface Gathered {
  delivered: number;
  /** Arrival of the oldest delivered record. */
  oldest: Date;
  dropped: number;
  processingFailed: FailedRecord[];
  conversionFailed: FailedRecord[];
  body(): Buffer;
}

/** Brings one buffer of records to S3. When it resolves, every record lies in an object, or the function dropped it. */
export const deliver = async (stream: DeliveredBy, records: readonly SourceRecord[], destination: Destination, ports: DeliveryPorts): Promise<DeliveryReport> => {
  const report = { ...emptyReport(), recordsIn: records.length };
  const { timeZone, backup, bucket, conversion } = destination;
  const put = async (target: { bucket: string; prefix: string; suffix: string }, time: Date, body: Buffer, errorOutputType?: ErrorOutputType): Promise<void> => {
    const rendered = renderPrefix(target.prefix, { time, timeZone, ...(errorOutputType === undefined ? {} : { errorOutputType }) });
    const key = `${rendered}${objectName(stream, time, timeZone)}${target.suffix}`;
    await ports.objects.put(target.bucket, key, body);
    report.objects.push(`s3://${target.bucket}/${key}`);
  };
  if (backup && records.length > 0) {
    const body = compressed(Buffer.concat(records.map((record) => record.data)), backup.compression);
    await put({ bucket: backup.bucket, prefix: backup.prefix, suffix: extensionOf(backup.compression) }, oldestArrival(records), body);
  }
  const gathered = await gather(records, destination, ports);
  report.recordsDropped = gathered.dropped;
  report.recordsDelivered = gathered.delivered;
  report.recordsProcessingFailed = gathered.processingFailed.length;
  report.recordsConversionFailed = gathered.conversionFailed.length;

  const putFailures = async (failures: readonly FailedRecord[], type: ErrorOutputType, by: FailedBy): Promise<void> => {
    const target = { bucket, prefix: destination.errorPrefix ?? '', suffix: '' };
    if (failures.length > 0) await put(target, oldestArrival(failures.map(({ source }) => source)), renderErrorObject(failures, by, ports.clock()), type);
  };
  await putFailures(gathered.processingFailed, 'processing-failed', { lambdaArn: destination.transform?.lambdaArn ?? '' });
  if (conversion) await putFailures(gathered.conversionFailed, 'format-conversion-failed', { dataCatalogTable: { databaseName: conversion.database, tableName: conversion.table, region: ports.region } });
  const suffix = destination.fileExtension ?? (conversion ? '.parquet' : extensionOf(destination.compression));
  if (gathered.delivered > 0) await put({ bucket, prefix: destination.prefix, suffix }, gathered.oldest, gathered.body());
  return report;
};

/** Takes the records through function and format conversion, a batch at a time, so that no stage holds all of them. */
const gather = async (records: readonly SourceRecord[], destination: Destination, ports: DeliveryPorts): Promise<Gathered> => {
  const writer = destination.conversion ? convertedBody(destination.conversion, ports.catalog) : plainBody(destination.compression);
  const gathered = { delivered: 0, oldestMs: Number.POSITIVE_INFINITY, dropped: 0, processingFailed: [] as FailedRecord[], conversionFailed: [] as FailedRecord[] };
  for await (const batch of transform(records, destination, ports)) {
    gathered.dropped += batch.dropped;
    gathered.processingFailed.push(...batch.failed);
    for (const record of batch.delivered) {
      const failure = writer.add(record);
      if (failure) {
        gathered.conversionFailed.push(failure);
        continue;
      }
      gathered.delivered += 1;
      gathered.oldestMs = Math.min(gathered.oldestMs, record.source.arrival.getTime());
    }
  }
  const { oldestMs, ...counts } = gathered;
  return { ...counts, oldest: new Date(oldestMs), body: () => writer.body() };
};

const transform = async function* (records: readonly SourceRecord[], destination: Destination, ports: DeliveryPorts): AsyncGenerator<TransformOutcome> {
  if (destination.transform) yield* transformRecords(records, destination.transform, ports);
  else yield { delivered: records.map((source) => ({ source, data: source.data })), failed: [], dropped: 0 };
};

/** The body of an object that is being made. A record it cannot hold is answered with its failure. */
interface BodyWriter {
  add(record: TransformedRecord): FailedRecord | undefined;
  body(): Buffer;
}

const plainBody = (compression: Compression): BodyWriter => {
  const parts: Buffer[] = [];
  return {
    add(record) {
      parts.push(record.data);
      return undefined;
    },
    body: () => compressed(Buffer.concat(parts), compression),
  };
};

/** Throws where the Glue table is not there: the records stay in the source until it is. */
const convertedBody = (settings: NonNullable<Destination['conversion']>, catalog: CatalogReader): BodyWriter => {
  const table = catalog.table(settings.database, settings.table);
  if (!table) throw new Error(`format conversion: there is no Glue table ${settings.database}.${settings.table}`);
  const conversion = new FormatConversion(table, settings.reading);
  return { add: (record) => conversion.add(record), body: () => conversion.toParquet() };
};

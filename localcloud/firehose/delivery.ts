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

/** Brings one buffer of records to S3. When it resolves, every record lies in an object, or the function dropped it. */
export const deliver = async (stream: DeliveredBy, records: readonly SourceRecord[], destination: Destination, ports: DeliveryPorts): Promise<DeliveryReport> => {
  const report = { ...emptyReport(), recordsIn: records.length };
  const { timeZone } = destination;
  const put = async (bucket: string, prefix: string, suffix: string, sources: readonly SourceRecord[], body: Buffer, errorOutputType?: ErrorOutputType): Promise<void> => {
    const time = oldestArrival(sources);
    const rendered = renderPrefix(prefix, { time, timeZone, ...(errorOutputType === undefined ? {} : { errorOutputType }) });
    const key = `${rendered}${objectName(stream, time, timeZone)}${suffix}`;
    await ports.objects.put(bucket, key, body);
    report.objects.push(`s3://${bucket}/${key}`);
  };
  const { backup } = destination;
  if (backup && records.length > 0) {
    const body = Buffer.concat(records.map((record) => record.data));
    await put(backup.bucket, backup.prefix, extensionOf(backup.compression), records, compressed(body, backup.compression));
  }
  const transformed = await transform(records, destination, ports);
  report.recordsDropped = transformed.dropped;
  report.recordsProcessingFailed = transformed.failed.length;

  const putFailures = async (failures: readonly FailedRecord[], type: ErrorOutputType, by: FailedBy): Promise<void> => {
    if (failures.length > 0) await put(destination.bucket, destination.errorPrefix ?? '', '', failures.map((failure) => failure.source), renderErrorObject(failures, by, ports.clock()), type);
  };

  await putFailures(transformed.failed, 'processing-failed', { lambdaArn: destination.transform?.lambdaArn ?? '' });
  const { conversion } = destination;
  if (!conversion) {
    const body = compressed(Buffer.concat(transformed.delivered.map((record) => record.data)), destination.compression);
    const suffix = destination.fileExtension ?? extensionOf(destination.compression);
    if (transformed.delivered.length > 0) await put(destination.bucket, destination.prefix, suffix, transformed.delivered.map((record) => record.source), body);
    report.recordsDelivered = transformed.delivered.length;
    return report;
  }
  const { failed, delivered, parquet } = convert(transformed.delivered, conversion, ports.catalog);
  await putFailures(failed, 'format-conversion-failed', { dataCatalogTable: { databaseName: conversion.database, tableName: conversion.table, region: ports.region } });
  if (parquet) await put(destination.bucket, destination.prefix, destination.fileExtension ?? '.parquet', delivered, parquet);
  report.recordsConversionFailed = failed.length;
  report.recordsDelivered = delivered.length;
  return report;
};

const transform = async (records: readonly SourceRecord[], destination: Destination, ports: DeliveryPorts): Promise<TransformOutcome> => {
  if (destination.transform) return transformRecords(records, destination.transform, ports);
  return { delivered: records.map((source) => ({ source, data: source.data })), failed: [], dropped: 0 };
};

interface Converted {
  failed: FailedRecord[];
  delivered: SourceRecord[];
  parquet: Buffer | undefined;
}

/** Throws where the Glue table is not there: the records stay in the source until it is. */
const convert = (records: readonly TransformedRecord[], settings: NonNullable<Destination['conversion']>, catalog: CatalogReader): Converted => {
  const table = catalog.table(settings.database, settings.table);
  if (!table) throw new Error(`format conversion: there is no Glue table ${settings.database}.${settings.table}`);
  const conversion = new FormatConversion(table, settings.reading);
  const outcome: Converted = { failed: [], delivered: [], parquet: undefined };
  for (const record of records) {
    const failure = conversion.add(record);
    if (failure) outcome.failed.push(failure);
    else outcome.delivered.push(record.source);
  }
  if (conversion.rowCount > 0) outcome.parquet = conversion.toParquet();
  return outcome;
};

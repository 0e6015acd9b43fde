/** A record as it came from the source. */
export interface SourceRecord {
  /** Unique in the delivery stream. */
  id: string;
  data: Buffer;
  arrival: Date;
  /** Where it lies in the Kinesis stream; absent with direct puts. */
  kinesis?: { shardId: string; sequenceNumber: string; partitionKey: string };
}

/** A record that goes on to the destination, with the data the function gave it. */
export interface TransformedRecord {
  source: SourceRecord;
  data: Buffer;
}

/** A record that goes to the error prefix. */
export interface FailedRecord {
  source: SourceRecord;
  /** What the error object keeps of it: the source's data, or what the function made of it. */
  data: Buffer;
  attempts: number;
  errorCode: string;
  errorMessage: string;
}

export type ErrorOutputType = 'processing-failed' | 'format-conversion-failed';

/** Which function or table a failure is about; it stands in the error object. */
export type FailedBy = { lambdaArn: string } | { dataCatalogTable: { databaseName: string; tableName: string; region: string } };

/**
 * The error object: one JSON text per line
 * (https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html). Times are epoch milliseconds.
 */
export const renderErrorObject = (failures: readonly FailedRecord[], by: FailedBy, now: Date): Buffer => {
  const lines = failures.map((failure) => {
    const about = 'lambdaArn' in by;
    return JSON.stringify({
      attemptsMade: failure.attempts,
      arrivalTimestamp: failure.source.arrival.getTime(),
      [about ? 'errorCode' : 'lastErrorCode']: failure.errorCode,
      [about ? 'errorMessage' : 'lastErrorMessage']: failure.errorMessage,
      attemptEndingTimestamp: now.getTime(),
      rawData: failure.data.toString('base64'),
      ...(about ? { lambdaArn: by.lambdaArn } : { sequenceNumber: failure.source.kinesis?.sequenceNumber ?? null, subSequenceNumber: null, dataCatalogTable: { catalogId: null, ...by.dataCatalogTable, versionId: 'LATEST' } }),
    });
  });
  return Buffer.from(`${lines.join('\n')}\n`);
};

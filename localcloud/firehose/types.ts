import type { Roles } from '../core/caller.ts';
import type { CatalogReader, FunctionInvoker, ObjectStore, StreamReader } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';

export interface FirehoseOptions {
  /** Folder of this service alone. */
  dataDir: string;
  region: string;
  clock: Clock;
  objects: ObjectStore;
  streams: StreamReader;
  functions: FunctionInvoker;
  catalog: CatalogReader;
  /** Delivery streams act with the roles they name. Default: as the administrator. */
  roles?: Roles;
  /** Seconds a record may wait, instead of BufferingHints.IntervalInSeconds (AWS's minimum is 0, with format conversion 60). */
  bufferSeconds?: number;
  /** Told of failures the service goes on after (S3 not writable, no such Glue table): they are retried until they pass. */
  onProblem?: (deliveryStream: string, problem: Error) => void;
}

/** What one delivery did; sums over a `flush`. */
export interface DeliveryReport {
  /** Records taken from the source. */
  recordsIn: number;
  /** Records in delivered objects. */
  recordsDelivered: number;
  /** Records the function answered with Dropped. */
  recordsDropped: number;
  /** Records below `processing-failed/`. */
  recordsProcessingFailed: number;
  /** Records below `format-conversion-failed/`. */
  recordsConversionFailed: number;
  /** `s3://…` of every object written. */
  objects: string[];
}

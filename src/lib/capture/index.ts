export { captureDefaults, createCapture } from './capture.ts';
export type { CaptureConfig, CaptureOutcome, CapturePorts, SourceCounts } from './capture.ts';
export { batchOf, captureRecord } from './event-row.ts';
export type { Batch, CapturedRecord, EventRow } from './event-row.ts';
export type { FirehoseAnswer, FirehoseEvent, FirehoseRecord, FirehoseResult } from './firehose-event.ts';
export { measureCapture } from './metrics.ts';

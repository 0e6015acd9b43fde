export { captureDefaults, createCapture } from './capture.ts';
export type { CaptureConfig, CaptureOutcome, CapturePorts, SourceCounts } from './capture.ts';
export { captureRecord } from './event-row.ts';
export type { CapturedRecord, EventRow } from './event-row.ts';
export type { FirehoseAnswer, FirehoseEvent, FirehoseRecord, FirehoseResult } from './firehose-event.ts';
export { measureCapture } from './metrics.ts';

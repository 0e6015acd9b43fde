export { CloudWatchService } from './cloud-watch-service.ts';
export type { LogEvent } from './log-store.ts';
export type { MetricDatum, MetricQuery } from './metric-store.ts';

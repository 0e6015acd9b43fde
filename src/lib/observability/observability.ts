import { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Environment } from '../aws/index.ts';

/** The pipeline's metrics, each per source (dimension `source`). */
export type MetricName =
  | 'RecordsCaptured'
  | 'RecordsQuarantined'
  | 'RecordsLate'
  | 'RecordsDuplicated'
  | 'RecordsOversize'
  | 'RecordsRefused'
  | 'RecordsUndelivered'
  | 'RecordsRedriven'
  | 'RecordsLeft'
  | 'ErrorObjectsLeft'
  | 'UnknownFields'
  | 'FilesIngested'
  | 'FilesFailed'
  | 'FilesWaiting'
  | 'ShopPriceDiffers'
  | 'WatermarkLagSeconds'
  | 'GoldFreshnessSeconds'
  | 'RunsCommitted'
  | 'ObjectsHeld';

export interface Observability {
  readonly logger: Logger;
  readonly tracer: Tracer;
  /** Writes metrics of one source in CloudWatch's embedded format, at once. `dimensions`: beside `source`. */
  measure(source: string, values: Partial<Record<MetricName, number>>, dimensions?: Readonly<Record<string, string>>): void;
}

const LONGEST_DIMENSION = 250; // CloudWatch allows 255

/** A dimension's value must be printable ASCII and not empty; field names of producers are neither by themselves. */
const dimensionValue = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').trim().slice(0, LONGEST_DIMENSION) || '(empty)';

const unitOf = (name: string): (typeof MetricUnit)[keyof typeof MetricUnit] => (name.endsWith('Seconds') ? MetricUnit.Seconds : MetricUnit.Count);

/** Powertools' logger, metrics and tracer of one function: JSON lines on stdout and nothing else. Traces only where X-Ray listens. */
export const createObservability = (environment: Environment): Observability => {
  const serviceName = environment['POWERTOOLS_SERVICE_NAME'] ?? 'floe';
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ serviceName, namespace: environment['POWERTOOLS_METRICS_NAMESPACE'] ?? 'floe' });
  const tracer = new Tracer({ serviceName, enabled: environment['AWS_XRAY_DAEMON_ADDRESS'] !== undefined, captureHTTPsRequests: false });
  return {
    logger,
    tracer,
    measure(source, values, dimensions = {}) {
      const known = Object.entries(values);
      if (known.length === 0) return;
      metrics.addDimensions({ source, ...Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, dimensionValue(value)])) });
      for (const [name, value] of known) metrics.addMetric(name, unitOf(name), value);
      metrics.publishStoredMetrics();
    },
  };
};

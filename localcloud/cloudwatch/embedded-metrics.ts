import { isObject } from '../core/json-input.ts';
import type { MetricDatum } from './metric-store.ts';

/**
 * The metrics in a line of a log that has the embedded metric format; none in any other line.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embeddedMetrics = (line: string): MetricDatum[] => {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return [];
  const document = parsed(line);
  const metadata = document?.['_aws'];
  if (!document || !isObject(metadata) || !Array.isArray(metadata['CloudWatchMetrics'])) return [];
  const timestampMs = typeof metadata['Timestamp'] === 'number' ? metadata['Timestamp'] : 0;
  return metadata['CloudWatchMetrics'].filter(isObject).flatMap((directive) => directiveMetrics(document, directive, timestampMs));
};

const parsed = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // a line of text that happens to begin like one
  }
};

const directiveMetrics = (document: Record<string, unknown>, directive: Record<string, unknown>, timestampMs: number): MetricDatum[] => {
  const namespace = directive['Namespace'];
  const metrics = Array.isArray(directive['Metrics']) ? directive['Metrics'].filter(isObject) : [];
  const sets = Array.isArray(directive['Dimensions']) && directive['Dimensions'].length > 0 ? directive['Dimensions'] : [[]];
  if (typeof namespace !== 'string') return [];
  return metrics.flatMap((metric) => {
    const name = metric['Name'];
    const values = typeof name === 'string' ? numbersOf(document[name]) : [];
    if (typeof name !== 'string' || values.length === 0) return [];
    const unit = typeof metric['Unit'] === 'string' ? metric['Unit'] : 'None';
    return sets.map((set) => ({
      namespace,
      name,
      dimensions: dimensionsOf(document, set),
      timestampMs,
      unit,
      values,
      counts: values.map(() => 1),
    }));
  });
};

const numbersOf = (value: unknown): number[] => (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'number');

const dimensionsOf = (document: Record<string, unknown>, names: unknown): Record<string, string> =>
  Object.fromEntries(
    (Array.isArray(names) ? names : [])
      .filter((name) => typeof name === 'string')
      .map((name) => [name, String(document[name] as string | number | boolean)]),
  );

import path from 'node:path';
import { JsonFile } from '../core/files.ts';
import { jsonProtocol } from '../core/json-protocol.ts';
import type { LogSink } from '../core/ports.ts';
import type { Clock, RequestHandler, Service } from '../core/service.ts';
import { logsAccess, monitoringAccess } from './access.ts';
import { embeddedMetrics } from './embedded-metrics.ts';
import { LogStore } from './log-store.ts';
import { logsActions } from './logs-actions.ts';
import { MetricStore } from './metric-store.ts';
import type { MetricDatum, MetricQuery } from './metric-store.ts';
import { monitoringActions } from './monitoring-actions.ts';

/**
 * CloudWatch and CloudWatch Logs: takes what functions print, keeps it in `<dataDir>/logs`, and finds the metrics in it.
 */
export class CloudWatchService implements Service, LogSink {
  readonly signingNames = ['monitoring', 'logs'];
  readonly handle: RequestHandler;
  readonly logs: LogStore;
  private readonly metricStore: MetricStore;

  constructor({ dataDir, clock = () => new Date() }: { dataDir: string; clock?: Clock }) {
    this.metricStore = new MetricStore(path.join(dataDir, 'cloudwatch'));
    this.logs = new LogStore({
      directory: path.join(dataDir, 'logs'),
      clock,
      onLine: (_group, line) => this.metricStore.add(embeddedMetrics(line)),
    });
    const alarms = new JsonFile<Record<string, Record<string, unknown>>>(path.join(dataDir, 'cloudwatch', 'alarms.json'), {});
    const monitoring = jsonProtocol('CloudWatch', monitoringActions({ metrics: this.metricStore, alarms, clock }), monitoringAccess);
    const logs = jsonProtocol('CloudWatch Logs', logsActions(this.logs), logsAccess);
    this.handle = (request, response) =>
      String(request.headers['x-amz-target']).startsWith('Logs_') ? logs(request, response) : monitoring(request, response);
  }

  write(logGroup: string, line: string): void {
    this.logs.write(logGroup, line);
  }

  /** Data of metrics, in the order they came. */
  metrics(query: MetricQuery = {}): MetricDatum[] {
    return this.metricStore.find(query);
  }
}

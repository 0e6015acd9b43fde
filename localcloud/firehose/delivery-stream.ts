import { deliver, emptyReport } from './delivery.ts';
import type { DeliveryPorts } from './delivery.ts';
import type { Destination } from './destination.ts';
import type { SourceRecord } from './records.ts';
import type { Source } from './source.ts';
import type { DeliveryReport } from './types.ts';

export interface DeliveryStreamSettings {
  name: string;
  versionId: number;
  destination: Destination;
  bufferSeconds: number;
  onProblem: (problem: Error) => void;
}

/** How often the source is looked at, and how long a failed delivery waits, doubled each time up to the second figure. */
const POLL_MS = 200;
const BACKOFF_MS = { first: 1_000, most: 60_000 };

/**
 * Pulls records into a buffer and delivers it when it is old or large enough. The buffer is in memory only: the source keeps the
 * records until they lie in S3, so that a crash delivers some of them again and loses none.
 */
export class DeliveryStream {
  readonly source: Source;
  private settings: DeliveryStreamSettings;
  private readonly ports: DeliveryPorts;
  private buffer: SourceRecord[] = [];
  private bufferBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Deliveries one after the other. */
  private queue: Promise<unknown> = Promise.resolve();
  private busy = false;
  private failures = 0;
  private notBefore = 0;

  constructor(settings: DeliveryStreamSettings, source: Source, ports: DeliveryPorts) {
    this.settings = settings;
    this.source = source;
    this.ports = ports;
  }

  start(): void {
    this.timer = setInterval(() => {
      if (!this.busy) void this.exclusively(() => this.tick());
    }, POLL_MS);
    this.timer.unref();
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const run = this.queue.then(async () => {
      this.busy = true;
      try {
        return await work();
      } finally {
        this.busy = false;
      }
    });
    this.queue = run.catch(() => undefined); // the caller has the error; the next in the queue must run all the same
    return run;
  }

  /** Delivers if it is time to. A failure is reported and tried again, later and later. */
  private async tick(): Promise<void> {
    const now = this.ports.clock().getTime();
    if (now < this.notBefore) return;
    try {
      this.fill();
      const oldest = this.buffer.reduce((least, record) => Math.min(least, record.arrival.getTime()), Number.POSITIVE_INFINITY);
      if (this.bufferBytes >= this.settings.destination.bufferBytes || now - oldest >= this.settings.bufferSeconds * 1000) await this.deliverBuffer();
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.notBefore = now + Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (this.failures - 1));
      this.settings.onProblem(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private fill(): void {
    const room = this.settings.destination.bufferBytes - this.bufferBytes;
    if (room <= 0) return;
    const pulled = this.source.pull(room);
    for (const record of pulled) {
      this.buffer.push(record);
      this.bufferBytes += record.data.length;
    }
  }

  private async deliverBuffer(): Promise<DeliveryReport> {
    const records = this.buffer;
    this.buffer = [];
    this.bufferBytes = 0;
    if (records.length === 0) return emptyReport();
    try {
      const report = await deliver(this.settings, records, this.settings.destination, this.ports);
      this.source.commit();
      return report;
    } catch (error) {
      this.source.rewind();
      throw error;
    }
  }

  /** What is buffered, and what comes, is delivered by new settings; a delivery under way ends by the old ones. */
  reconfigure(settings: DeliveryStreamSettings): Promise<void> {
    return this.exclusively(async () => {
      await Promise.resolve();
      this.settings = settings;
    });
  }

  /** Delivers everything the source holds now. Throws what stopped a delivery; the records are then still in the source. */
  flush(): Promise<DeliveryReport> {
    return this.exclusively(async () => {
      const total = emptyReport();
      for (;;) {
        this.fill();
        const report = await this.deliverBuffer();
        if (report.recordsIn === 0) return total;
        total.recordsIn += report.recordsIn;
        total.recordsDelivered += report.recordsDelivered;
        total.recordsDropped += report.recordsDropped;
        total.recordsProcessingFailed += report.recordsProcessingFailed;
        total.recordsConversionFailed += report.recordsConversionFailed;
        total.objects.push(...report.objects);
      }
    });
  }

  /** Ends after a delivery under way; what is buffered stays in the source. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.queue;
    await this.source.close();
  }
}

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { appendWhole, cutTornLine } from '../core/files.ts';

/** Values of one metric at one time. `counts[i]` says how often `values[i]` was measured. */
export interface MetricDatum {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
  timestampMs: number;
  /** CloudWatch's unit: `Count`, `Seconds`, `None`, … */
  unit: string;
  values: readonly number[];
  counts: readonly number[];
}

export interface MetricQuery {
  namespace?: string;
  name?: string;
  /** Exactly these dimensions, as in CloudWatch; any where absent. */
  dimensions?: Readonly<Record<string, string>>;
  from?: Date;
  /** Exclusive. */
  to?: Date;
}

const MAX_FILE_BYTES = 16 << 20;

const sameDimensions = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean => {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
};

/** Metrics in memory and in a file of JSON lines, which is halved once it is full. */
export class MetricStore {
  private readonly file: string;
  private readonly data: MetricDatum[];
  private size: number;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.file = path.join(directory, 'metrics.jsonl');
    cutTornLine(this.file);
    this.data = [`${this.file}.1`, this.file].flatMap(readData);
    this.size = existsSync(this.file) ? statSync(this.file).size : 0;
  }

  add(data: readonly MetricDatum[]): void {
    if (data.length === 0) return;
    const text = data.map((datum) => `${JSON.stringify(datum)}\n`).join('');
    if (this.size > MAX_FILE_BYTES) {
      renameSync(this.file, `${this.file}.1`);
      this.size = 0;
    }
    const fd = openSync(this.file, 'a');
    try {
      appendWhole(fd, text);
    } finally {
      closeSync(fd);
    }
    this.size += Buffer.byteLength(text);
    this.data.push(...data);
  }

  find(query: MetricQuery = {}): MetricDatum[] {
    return this.data.filter(
      (datum) =>
        (query.namespace === undefined || datum.namespace === query.namespace) &&
        (query.name === undefined || datum.name === query.name) &&
        (query.dimensions === undefined || sameDimensions(datum.dimensions, query.dimensions)) &&
        (query.from === undefined || datum.timestampMs >= query.from.getTime()) &&
        (query.to === undefined || datum.timestampMs < query.to.getTime()),
    );
  }
}

/** Whole lines of a file; a last line cut off by the end of a process is no datum. */
const readData = (file: string): MetricDatum[] => {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as MetricDatum);
};

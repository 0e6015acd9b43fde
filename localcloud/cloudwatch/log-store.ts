import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import type { LogSink } from '../core/ports.ts';
import type { Clock } from '../core/service.ts';

export interface LogEvent {
  timestamp: Date;
  message: string;
}

/** A log file grows to this size, then it becomes the one before it, and what was before that is dropped. */
const MAX_FILE_BYTES = 8 << 20;
const LAMBDA_PREFIX = '/aws/lambda/';

/** Log groups as text files, one line for each event: an ISO timestamp, a tab, the message. */
export class LogStore implements LogSink {
  readonly directory: string;
  private readonly clock: Clock;
  private readonly onLine: (logGroup: string, line: string) => void;
  private readonly maxFileBytes: number;
  private readonly sizes = new Map<string, number>();

  /** `onLine` is told every line, e.g. to find metrics in it. */
  constructor(options: { directory: string; clock: Clock; onLine?: (logGroup: string, line: string) => void; maxFileBytes?: number }) {
    this.directory = options.directory;
    this.clock = options.clock;
    this.onLine = options.onLine ?? ((): void => undefined);
    this.maxFileBytes = options.maxFileBytes ?? MAX_FILE_BYTES;
    mkdirSync(this.directory, { recursive: true });
  }

  /** The file of a log group; a function's is named after the function. */
  fileOf(logGroup: string): string {
    const name = logGroup.startsWith(LAMBDA_PREFIX) ? logGroup.slice(LAMBDA_PREFIX.length) : logGroup;
    return path.join(this.directory, `${encodeURIComponent(name)}.log`);
  }

  write(logGroup: string, line: string): void {
    const file = this.fileOf(logGroup);
    const text = `${this.clock().toISOString()}\t${line.replaceAll('\n', '\r')}\n`;
    const size = (this.sizes.get(file) ?? (existsSync(file) ? statSync(file).size : 0)) + Buffer.byteLength(text);
    if (size > this.maxFileBytes && existsSync(file)) renameSync(file, `${file}.1`);
    appendFileSync(file, text);
    this.sizes.set(file, size > this.maxFileBytes ? Buffer.byteLength(text) : size);
    this.onLine(logGroup, line);
  }

  /** Names of the log groups: functions' as AWS names them. */
  groups(): string[] {
    const names = readdirSync(this.directory).filter((name) => name.endsWith('.log'));
    return names
      .map((name) => decodeURIComponent(name.slice(0, -'.log'.length)))
      .map((name) => (name.startsWith('/') ? name : LAMBDA_PREFIX + name))
      .sort();
  }

  /** A group's events, oldest first; none where there is no such group. */
  events(logGroup: string): LogEvent[] {
    const file = this.fileOf(logGroup);
    const text = [`${file}.1`, file].map((part) => (existsSync(part) ? readFileSync(part, 'utf8') : '')).join('');
    return text
      .split('\n')
      .filter((line) => line.includes('\t'))
      .map(parseLine);
  }

  /** Bytes a group holds. */
  storedBytes(logGroup: string): number {
    const file = this.fileOf(logGroup);
    return [`${file}.1`, file].reduce((sum, part) => sum + (existsSync(part) ? statSync(part).size : 0), 0);
  }
}

const parseLine = (line: string): LogEvent => {
  const tab = line.indexOf('\t');
  return { timestamp: new Date(line.slice(0, tab)), message: line.slice(tab + 1).replaceAll('\r', '\n') };
};

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { PublishedMessage } from './types.ts';

/** Published messages, one JSON line each; on disk when `append` returns. */
export class MessageLog {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
    mkdirSync(path.dirname(file), { recursive: true });
    this.cutTornLine();
  }

  append(messages: readonly PublishedMessage[]): void {
    const fd = openSync(this.file, 'a');
    try {
      writeSync(fd, messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** All messages, oldest first. */
  read(): PublishedMessage[] {
    if (!existsSync(this.file)) return [];
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as PublishedMessage);
  }

  /** A process that ended while it wrote left a line without end, which nobody was told of. */
  private cutTornLine(): void {
    if (!existsSync(this.file)) return;
    const bytes = readFileSync(this.file);
    const end = bytes.lastIndexOf('\n') + 1;
    if (end < bytes.length) truncateSync(this.file, end);
  }
}

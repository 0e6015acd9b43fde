import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { appendWhole, cutTornLine } from '../core/files.ts';
import type { PublishedMessage } from './types.ts';

/** Published messages, one JSON line each; on disk when `append` returns. */
export class MessageLog {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
    mkdirSync(path.dirname(file), { recursive: true });
    cutTornLine(file);
  }

  append(messages: readonly PublishedMessage[]): void {
    const fd = openSync(this.file, 'a');
    try {
      appendWhole(fd, messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
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
}

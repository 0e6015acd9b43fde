import { mkdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../core/files.ts';

/** From so many lines on a journal is written anew, if they are also twice its live ones. */
const COMPACT_LINES = 10_000;

interface Waiting<T> {
  lines: string[];
  durable: (() => T) | undefined;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

/**
 * A file of changes, a JSON value a line. Changes that arrive while others are being written go to disk together, with one
 * sync. After a failed write the journal refuses everything: what is in memory is then ahead of the disk.
 */
export class Journal<Change> {
  private readonly file: string;
  private readonly snapshot: () => Change[];
  private handle: FileHandle | undefined;
  private waiting: Waiting<unknown>[] = [];
  private writing: Promise<void> | undefined;
  private lines = 0;
  private failure: unknown;

  /** `snapshot`: the changes that lead to the present state from nothing. Each change may be applied twice. */
  constructor(file: string, snapshot: () => Change[]) {
    this.file = file;
    this.snapshot = snapshot;
  }

  /** The changes of earlier processes; a line torn by the end of one was never acknowledged and is dropped. `compact` must follow. */
  read(): Change[] {
    let text = '';
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Change);
  }

  /** Writes the file anew from the snapshot: an old or the new one is there at any moment, whole. */
  compact(): void {
    mkdirSync(path.dirname(this.file), { recursive: true });
    const live = this.snapshot();
    replaceFile(this.file, live.map((change) => `${JSON.stringify(change)}\n`).join(''));
    this.lines = live.length;
  }

  /** Resolves once the changes are on disk, with what `durable` gives, which is called at that moment. */
  append<T>(changes: readonly Change[], durable: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(new Error(`${this.file} could not be written`, { cause: this.failure }));
        return;
      }
      this.waiting.push({ lines: changes.map((change) => JSON.stringify(change)), durable, resolve: resolve as (value: unknown) => void, reject });
      this.writing ??= this.write();
    });
  }

  /** Changes whose loss would do no harm: they are written soon, and nobody waits for them. */
  note(changes: readonly Change[]): void {
    this.append(changes, () => undefined).catch(() => undefined); // whoever appends next is told
  }

  /** Resolves when everything given so far is on disk, and gives the file back. */
  async close(): Promise<void> {
    await this.writing;
    await this.handle?.close();
    this.handle = undefined;
  }

  private async write(): Promise<void> {
    await Promise.resolve(); // what is asked for in the same turn goes to disk together
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.writeBatch(batch);
      } catch (error) {
        this.failure = error;
        for (const { reject } of [...batch, ...this.waiting]) reject(error);
        this.waiting = [];
      }
    }
    this.writing = undefined;
  }

  private async writeBatch(batch: readonly Waiting<unknown>[]): Promise<void> {
    this.handle ??= await open(this.file, 'a');
    const lines = batch.flatMap((entry) => entry.lines);
    await this.handle.appendFile(lines.map((line) => `${line}\n`).join(''));
    await this.handle.datasync();
    this.lines += lines.length;
    for (const { durable, resolve } of batch) resolve(durable?.());
    if (this.lines > COMPACT_LINES) await this.compactIfWorthIt();
  }

  private async compactIfWorthIt(): Promise<void> {
    if (this.lines < 2 * this.snapshot().length) return;
    await this.handle?.close();
    this.handle = undefined;
    this.compact();
  }
}

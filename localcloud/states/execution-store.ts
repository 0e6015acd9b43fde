import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readJson, replaceFile } from '../core/files.ts';
import type { HistoryEvent } from './history.ts';
import type { Progress } from './progress.ts';
import type { ExecutionStatus } from './types.ts';

/** An execution as it is kept in `executions/<machine>/<name>.json` (`<name>~history.json`, `<name>~progress.json`). Inputs and outputs are JSON text, times epoch milliseconds. */
export interface ExecutionRecord {
  machine: string;
  name: string;
  input: string;
  status: ExecutionStatus;
  startedAt: number;
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  /** The definition and role it was started with; records of an older version lack them. */
  definition?: string;
  roleArn?: string;
  /** When the machine had got that definition. */
  machineUpdatedAt?: number;
  redriveCount?: number;
  redrivenAt?: number;
  /** Requests that redrove it, latest last. */
  redriveTokens?: { token: string; date: number }[];
}

/** Executions on disk: each has a file from its start on, others with its history and how far it came from its end on. */
export class ExecutionStore {
  private readonly folder: string;
  private readonly records = new Map<string, ExecutionRecord>();

  /** `now`: when executions that a killed process left running are marked FAILED. */
  constructor(folder: string, now: Date) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const machine of readdirSync(folder)) {
      for (const file of readdirSync(path.join(folder, machine)).filter(isRecordFile)) {
        const record = readJson<ExecutionRecord>(path.join(folder, machine, file));
        if (record && !Array.isArray(record)) this.records.set(keyOf(record), record);
      }
    }
    for (const record of this.records.values()) {
      if (record.status !== 'RUNNING') continue;
      this.save({ ...record, status: 'FAILED', stoppedAt: now.getTime(), error: 'States.Runtime', cause: 'The process that ran the execution ended before it' });
    }
  }

  get(machine: string, name: string): ExecutionRecord | undefined {
    return this.records.get(keyOf({ machine, name }));
  }

  /** Of one machine, latest start first. */
  list(machine: string): ExecutionRecord[] {
    return [...this.records.values()].filter((record) => record.machine === machine).sort((one, other) => other.startedAt - one.startedAt);
  }

  save(record: ExecutionRecord): void {
    replaceFile(this.file(record, '.json'), JSON.stringify(record));
    this.records.set(keyOf(record), record);
  }

  saveHistory(record: ExecutionRecord, events: readonly HistoryEvent[]): void {
    replaceFile(this.file(record, '~history.json'), JSON.stringify(events));
  }

  /** Empty for an execution that a killed process left. */
  history(record: ExecutionRecord): HistoryEvent[] {
    return readJson<HistoryEvent[]>(this.file(record, '~history.json')) ?? [];
  }

  saveProgress(record: ExecutionRecord, progress: Progress): void {
    replaceFile(this.file(record, '~progress.json'), JSON.stringify(progress));
  }

  /** Undefined for an execution that succeeded, is under way, or was left by a killed process. */
  progress(record: ExecutionRecord): Progress | undefined {
    return readJson<Progress>(this.file(record, '~progress.json'));
  }

  hasProgress(record: ExecutionRecord): boolean {
    return existsSync(this.file(record, '~progress.json'));
  }

  /** Before it goes on: what it does from here on is in no file until it has ended. */
  forgetProgress(record: ExecutionRecord): void {
    rmSync(this.file(record, '~progress.json'), { force: true });
  }

  deleteMachine(machine: string): void {
    for (const record of this.list(machine)) this.records.delete(keyOf(record));
    const folder = path.join(this.folder, machine);
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }

  private file({ machine, name }: Pick<ExecutionRecord, 'machine' | 'name'>, suffix: string): string {
    return path.join(this.folder, machine, `${name}${suffix}`);
  }
}

/** No name of an execution holds a `~`: `a` and `a.history` may both be names. */
const isRecordFile = (name: string): boolean => name.endsWith('.json') && !name.includes('~');

const keyOf = ({ machine, name }: Pick<ExecutionRecord, 'machine' | 'name'>): string => `${machine}:${name}`;

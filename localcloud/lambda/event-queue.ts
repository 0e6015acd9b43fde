import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readJson, replaceFile } from '../core/files.ts';

export interface QueuedEvent {
  id: string;
  functionName: string;
  payload: string;
  accepted: string;
}

/** Events accepted for asynchronous invocation, a file each until they are done with: accepted ones outlive the process. */
export class EventQueue {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  add(functionName: string, payload: string, now: Date): QueuedEvent {
    const event: QueuedEvent = { id: randomUUID(), functionName, payload, accepted: now.toISOString() };
    replaceFile(this.file(event.id), JSON.stringify(event));
    return event;
  }

  remove(event: QueuedEvent): void {
    rmSync(this.file(event.id), { force: true });
  }

  /** Events of a function that an earlier process accepted and did not finish, oldest first. */
  leftOver(functionName: string): QueuedEvent[] {
    const events = readdirSync(this.directory)
      .filter((name) => /^[0-9a-f-]{36}\.json$/.test(name))
      .map((name) => readJson<QueuedEvent>(path.join(this.directory, name)))
      .filter((event) => event?.functionName === functionName)
      .filter((event) => event !== undefined);
    return events.sort((left, right) => left.accepted.localeCompare(right.accepted));
  }

  private file(id: string): string {
    return path.join(this.directory, `${id}.json`);
  }
}

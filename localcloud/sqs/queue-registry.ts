import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { JsonFile } from '../core/files.ts';
import type { JsonObject } from '../core/json-input.ts';
import { ACCOUNT_ID, arn } from '../core/service.ts';
import type { Timers } from '../core/timers.ts';
import { missing, noSuchQueue } from './errors.ts';
import { Queue } from './queue.ts';
import type { QueueState } from './types.ts';

export interface RegistryOptions {
  /** Folder of this service alone. */
  dataDir: string;
  region: string;
  timers: Timers;
  /** Of the gateway, `http://127.0.0.1:4566`: where queue URLs lead. Asked only while a request is answered. */
  endpoint: () => string;
}

/** The queues, by name, ARN and URL. */
export class QueueRegistry {
  private readonly options: RegistryOptions;
  private readonly file: JsonFile<Record<string, QueueState>>;
  private readonly queues = new Map<string, Queue>();

  constructor(options: RegistryOptions) {
    this.options = options;
    mkdirSync(this.folder, { recursive: true });
    this.file = new JsonFile(path.join(options.dataDir, 'queues.json'), {});
    this.removeFilesOfNoQueue();
    for (const state of this.states()) this.open(state);
  }

  private get folder(): string {
    return path.join(this.options.dataDir, 'messages');
  }

  /** A process that ended while it deleted a queue left its file. */
  private removeFilesOfNoQueue(): void {
    const known = new Set(this.states().map(({ id }) => `${id}.jsonl`));
    for (const name of readdirSync(this.folder)) if (!known.has(name)) rmSync(path.join(this.folder, name));
  }

  private open({ name, id }: QueueState): void {
    const state = (): QueueState => {
      const present = this.file.get()[name];
      if (present?.id !== id) throw noSuchQueue(); // deleted while somebody waited at it
      return present;
    };
    const queue = (queueArn: string): Queue | undefined => this.byArn(queueArn);
    this.queues.set(name, new Queue(path.join(this.folder, `${id}.jsonl`), { timers: this.options.timers, arn: this.arnOf(name), state, queue }));
  }

  states(): QueueState[] {
    return Object.values(this.file.get());
  }

  all(): Queue[] {
    return [...this.queues.values()];
  }

  byName(name: string): Queue | undefined {
    return this.queues.get(name);
  }

  byArn(queueArn: string): Queue | undefined {
    const name = queueArn.split(':').at(5) ?? '';
    return this.arnOf(name) === queueArn ? this.byName(name) : undefined;
  }

  /** The queue of a request's QueueUrl: its last segment counts, whatever host it names. Throws QueueDoesNotExist. */
  named(input: JsonObject): Queue {
    const url = input.QueueUrl;
    if (typeof url !== 'string' || url === '') throw missing('QueueUrl');
    const queue = this.byName(url.slice(url.lastIndexOf('/') + 1));
    if (!queue) throw noSuchQueue();
    return queue;
  }

  arnOf(name: string): string {
    return arn('sqs', this.options.region, name);
  }

  urlOf(name: string): string {
    return `${this.options.endpoint()}/${ACCOUNT_ID}/${name}`;
  }

  private seconds(): number {
    return Math.floor(this.options.timers.now().getTime() / 1000);
  }

  create(name: string, attributes: Record<string, string>, tags: Record<string, string>): void {
    const createdAt = this.seconds();
    const state: QueueState = { name, id: randomUUID(), attributes, tags, createdAt, modifiedAt: createdAt };
    this.file.update((draft) => (draft[name] = state));
    this.open(state);
  }

  change(name: string, change: (state: QueueState) => void): void {
    const modifiedAt = this.seconds();
    this.file.update((draft) => {
      const state = draft[name];
      if (!state) throw noSuchQueue();
      change(state);
      state.modifiedAt = modifiedAt;
    });
  }

  /** The queue and its messages are gone once this resolves. */
  async delete(name: string): Promise<void> {
    const queue = this.byName(name);
    this.file.update((draft) => Reflect.deleteProperty(draft, name));
    this.queues.delete(name);
    await queue?.destroy();
  }
}

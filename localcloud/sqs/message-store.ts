import { Journal } from './journal.ts';
import type { StoredMessage } from './types.ts';

/** A change of a queue's messages: one is set, or gone. */
type Change = { set: StoredMessage } | { gone: string };

/**
 * The messages of one queue, in memory and in a journal. Those that can be received are kept apart from those that cannot
 * yet, each in the order they came in.
 */
export class MessageStore {
  private readonly available = new Map<string, StoredMessage>();
  private readonly hidden = new Map<string, StoredMessage>();
  private readonly journal: Journal<Change>;
  /** No hidden message can be received before this time. */
  private nextVisible = Number.POSITIVE_INFINITY;
  /** No message was sent before this time. */
  private oldest = Number.POSITIVE_INFINITY;

  /** Reads what an earlier process left. */
  constructor(file: string) {
    this.journal = new Journal<Change>(file, () => this.all().map((set) => ({ set })));
    const found = new Map<string, StoredMessage>();
    for (const change of this.journal.read()) {
      if ('set' in change) found.set(change.set.id, change.set);
      else found.delete(change.gone);
    }
    for (const message of found.values()) this.hide(message);
    this.journal.compact();
  }

  private all(): StoredMessage[] {
    return [...this.available.values(), ...this.hidden.values()];
  }

  private hide(message: StoredMessage): void {
    this.available.delete(message.id);
    this.hidden.set(message.id, message);
    this.nextVisible = Math.min(this.nextVisible, message.visibleAt);
    this.oldest = Math.min(this.oldest, message.sentAt);
  }

  /** Resolves once the messages are on disk; from then on they can be received. */
  add(messages: readonly StoredMessage[]): Promise<void> {
    return this.journal.append(messages.map((set) => ({ set })), () => messages.forEach((message) => this.hide(message)));
  }

  /** Changes a message's visibility or counts. After a crash the change may not have been. */
  change(message: StoredMessage): void {
    this.hide(message);
    this.journal.note([{ set: message }]);
  }

  /** Takes messages out of memory alone: nobody receives them any more, and after a crash they are there again. */
  withhold(ids: readonly string[]): void {
    for (const id of ids) {
      this.available.delete(id);
      this.hidden.delete(id);
    }
  }

  /** Resolves once it is on disk that the messages are gone; none of them can be received from now on. */
  remove(ids: readonly string[]): Promise<void> {
    this.withhold(ids);
    return this.journal.append(ids.map((gone) => ({ gone })), () => undefined);
  }

  get(id: string): StoredMessage | undefined {
    return this.hidden.get(id) ?? this.available.get(id);
  }

  ids(): string[] {
    return this.all().map(({ id }) => id);
  }

  /** Messages that can be received, in order. */
  receivable(now: number): Iterable<StoredMessage> {
    this.reveal(now);
    return this.available.values();
  }

  /** When the next hidden message becomes visible; Infinity where there is none. */
  get wakeAt(): number {
    return this.nextVisible;
  }

  /** Drops messages sent before a time; their retention is over. */
  expire(sentBefore: number): void {
    if (this.oldest >= sentBefore) return;
    const [old, young] = [[] as string[], [] as number[]];
    for (const { id, sentAt } of this.all()) {
      if (sentAt < sentBefore) old.push(id);
      else young.push(sentAt);
    }
    this.oldest = young.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
    this.remove(old).catch(() => undefined); // an expired message that is read again from disk expires again
  }

  /** Messages that cannot be received yet, and perhaps some whose time has just come. */
  get hiddenCount(): number {
    return this.hidden.size;
  }

  counts(now: number): { visible: number; inFlight: number; delayed: number } {
    this.reveal(now);
    let inFlight = 0;
    for (const { receiveCount } of this.hidden.values()) if (receiveCount > 0) inFlight += 1;
    return { visible: this.available.size, inFlight, delayed: this.hidden.size - inFlight };
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private reveal(now: number): void {
    if (now < this.nextVisible) return;
    this.nextVisible = Number.POSITIVE_INFINITY;
    for (const message of this.hidden.values()) {
      if (message.visibleAt > now) {
        this.nextVisible = Math.min(this.nextVisible, message.visibleAt);
        continue;
      }
      this.hidden.delete(message.id);
      this.available.set(message.id, message);
    }
  }
}

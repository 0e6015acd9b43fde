import type { Timers } from '../../../localcloud/core/timers.ts';

/** Time that stands still until a test moves it; what was to be called by then is called, in order. */
export class ManualTimers implements Timers {
  private time: number;
  private readonly waiting = new Set<{ at: number; call: () => void }>();

  constructor(start = '2026-01-31T10:15:00.000Z') {
    this.time = Date.parse(start);
  }

  readonly now = (): Date => new Date(this.time);

  after(milliseconds: number, call: () => void): () => void {
    const entry = { at: this.time + Math.max(0, milliseconds), call };
    this.waiting.add(entry);
    return () => this.waiting.delete(entry);
  }

  /** Moves time; between two calls everything that they started comes to rest. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await rest();
    for (let next = this.first(end); next; next = this.first(end)) {
      this.waiting.delete(next);
      this.time = Math.max(this.time, next.at);
      next.call();
      await rest();
    }
    this.time = end;
  }

  async advanceTo(time: string): Promise<void> {
    await this.advance(Date.parse(time) - this.time);
  }

  private first(end: number): { at: number; call: () => void } | undefined {
    return [...this.waiting].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
  }
}

/** Lets promises and small file writes under way end. */
export const rest = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

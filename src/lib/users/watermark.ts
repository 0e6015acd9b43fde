import type { StateTable } from '../aws/index.ts';
import type { Key } from './user-source.ts';

/** How far the users are read. */
export interface Watermark {
  read(): Promise<Key | undefined>;
  /** Moves it on; false where it no longer stands at `from`: another run was faster. `at`: bronze's text. */
  advance(from: Key | undefined, to: Key, at: string): Promise<boolean>;
}

const SOURCE = 'users';

/** The watermark in the table of watermarks: `{source, changed_at, user_id, advanced_at}`. */
export const createWatermark = (table: StateTable): Watermark => ({
  async read() {
    const item = await table.get(SOURCE);
    if (!item) return undefined;
    const { changed_at: changedAt, user_id: userId } = item;
    if (typeof changedAt !== 'string' || typeof userId !== 'string') throw new Error(`watermark of ${SOURCE} is not readable: ${JSON.stringify(item)}`);
    return { changedAt, userId };
  },
  advance: (from, to, at) =>
    table.put(SOURCE, { changed_at: to.changedAt, user_id: to.userId, advanced_at: at }, from ? { changed_at: from.changedAt, user_id: from.userId } : 'absent'),
});

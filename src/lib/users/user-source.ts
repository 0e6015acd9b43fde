/** Where a page ended: the last row's changed_at, bronze's text with microseconds, and its user_id. */
export interface Key {
  changedAt: string;
  userId: string;
}

/** A version of a user as the source has it: the contract's columns as text, times as bronze's text; null where the source has null. */
export type UserRecord = Readonly<Record<'user_id' | 'signup_date' | 'device_type' | 'country' | 'updated_at' | 'changed_at', string | null>>;

/** The table of users. A port: tests hand in an array. */
export interface UserSource {
  /** The database's own time less the safety lag: rows at or after it may still be joined by rows of open transactions. */
  readableUntil(safetyLagSeconds: number): Promise<string>;
  /** Rows above the key (all where undefined) and before `until`, ordered by (changed_at, user_id), at most `limit`, fewer where they are large; none only where there is none. */
  page(after: Key | undefined, until: string, limit: number): Promise<UserRecord[]>;
  close(): Promise<void>;
}

/** The database cannot be used: one clear line, the cause beside it. */
export class UserSourceError extends Error {
  override readonly name = 'UserSourceError';
}

/**
 * How many objects the next load takes of a source. After failures in a row it takes ever fewer, at last one alone: so what
 * makes runs fail is found by itself, and what has nothing to do with it gets through. A commit gives way to more again.
 */
export interface Backoff {
  /** Loads that failed since the last commit. */
  failures: number;
  /** Most objects of a source in the next load; null: as many as the settings allow. */
  objectLimit: number | null;
}

export const NO_BACKOFF: Backoff = { failures: 0, objectLimit: null };

const SHRINK = 4;
const GROW = 2;

/** The first failure may pass by itself, so it changes nothing but the count. @param size objects of a source in the load that failed, the most of any */
export const afterFailure = ({ failures, objectLimit }: Backoff, size: number): Backoff =>
  failures === 0 && objectLimit === null ? { failures: 1, objectLimit } : { failures: failures + 1, objectLimit: Math.max(1, Math.floor(size / SHRINK)) };

export const afterCommit = ({ objectLimit }: Backoff, largest: number): Backoff =>
  objectLimit === null || objectLimit * GROW >= largest ? NO_BACKOFF : { failures: 0, objectLimit: objectLimit * GROW };

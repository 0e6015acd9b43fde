/** What the gates tolerate. The one place to change it. */
export interface Thresholds {
  preflight: {
    /** Below this many rows of one source_system no share is judged: a handful of broken rows must not hold back a small batch. */
    minimumRows: number;
    /** Largest share of rows with validation errors. */
    invalidShare: number;
    /** Largest share of rows that repeat a record of the same batch. High: everything sent twice again is harmless, a producer gone mad is not. */
    duplicateShare: number;
    /** Largest share of rows without user_id. */
    nullUserShare: number;
    /** Most distinct dates of a source's valid rows in one run: statements name each of them. Not a share, judged at any size. */
    touchedDates: number;
  };
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  preflight: { minimumRows: 1_000, invalidShare: 0.25, duplicateShare: 0.9, nullUserShare: 0.25, touchedDates: 1_500 },
};

/** The numbers a run works by. One place for AWS and the laptop; a change of one of the first three changes results. */
export interface RunSettings {
  /** How far apart, in days, the events and transactions of one key or session are looked for (DATA: the horizon). */
  horizonDays: number;
  /** An event that arrives later than this after it happened is late. */
  latenessSeconds: number;
  /** Version of the logic, written into every row; raising it rewrites the rows that are touched. */
  dataVersion: number;
  /** Bronze partitions of the last days are searched for objects that no committed run has taken: objects can land late. */
  lookbackDays: number;
  /** A run that does not renew its lease within this time may be taken over: longer than Athena's 30 minutes for one statement, and its queue. */
  leaseMinutes: number;
  /** Athena writes at most 100 partitions in one statement (ICEBERG_TOO_MANY_OPEN_PARTITIONS): more is cut by date. */
  maxPartitionsPerStatement: number;
  /** Paths in one statement: 500 of the longest, 210 bytes, stay below the renderer's 128 KiB. */
  maxPathsPerStatement: number;
  /** Objects of a source in one run, so that a backlog is worked off in several and each ends in time. */
  maxObjectsPerSource: number;
}

export const DEFAULT_RUN_SETTINGS: RunSettings = {
  horizonDays: 30,
  latenessSeconds: 3_600,
  dataVersion: 1,
  lookbackDays: 8,
  leaseMinutes: 45,
  maxPartitionsPerStatement: 90,
  maxPathsPerStatement: 500,
  maxObjectsPerSource: 3_000,
};

export type ScheduleState = 'ENABLED' | 'DISABLED';

export interface RetryPolicy {
  MaximumEventAgeInSeconds: number;
  MaximumRetryAttempts: number;
}

/** A target in the API's own words. */
export interface Target {
  Arn: string;
  RoleArn: string;
  Input?: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy: RetryPolicy;
}

/** What CreateSchedule and UpdateSchedule give. Times are epoch milliseconds. */
export interface ScheduleSettings {
  expression: string;
  /** IANA name; cron and at are read in it. */
  timezone: string;
  startAt?: number;
  endAt?: number;
  state: ScheduleState;
  flexibleTimeWindow: { Mode: 'OFF' | 'FLEXIBLE'; MaximumWindowInMinutes?: number };
  target: Target;
  description?: string;
  afterCompletion: 'NONE' | 'DELETE';
  /** Kept without effect. */
  kmsKeyArn?: string;
}

/** A schedule as it is kept in `schedules.json`. */
export interface Schedule extends ScheduleSettings {
  group: string;
  name: string;
  clientToken?: string;
  createdAt: number;
  modifiedAt: number;
  /** Rates count from here: the creation, or the change of the expression. */
  anchor: number;
}

export interface ScheduleGroup {
  name: string;
  createdAt: number;
  modifiedAt: number;
  tags: Record<string, string>;
  clientToken?: string;
}

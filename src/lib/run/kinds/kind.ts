import { addDays, dateOf } from '../dates.ts';
import type { CommittedRun } from '../lake-item.ts';
import type { RunConfig, RunPorts } from '../ports.ts';
import type { RunInput } from '../run-files.ts';
import type { RunRequest } from '../run-request.ts';
import type { SourceName } from '../sources.ts';

/** A kind of run: what it may be asked, what it works on, and in which phases. */
export interface RunKindDefinition {
  /** What this kind alone is asked, of an execution's input. @throws Error where it has another form */
  request(members: Readonly<Record<string, unknown>>): Partial<RunRequest>;
  input(context: KindContext): Promise<KindInput>;
  /** Phases of one stage run side by side, stages one after the other; none where there is nothing to do. */
  stages(input: RunInput): string[][];
}

export interface KindContext {
  ports: RunPorts;
  config: RunConfig;
  request: RunRequest;
  /** What the run starts from. */
  committed: CommittedRun;
  now: Date;
  /** What the run's rows carry. */
  processingTimestamp: string;
}

/** The part of a run's input that depends on its kind. */
export type KindInput = Omit<RunInput, 'runId' | 'kind' | 'fence' | 'startedAt' | 'processingTimestamp' | 'writtenSince' | 'base' | 'accepted' | 'backfill' | 'floor'> & Partial<Pick<RunInput, 'backfill' | 'floor'>>;

export const NO_OBJECTS: Readonly<Record<SourceName, readonly string[]>> = { events: [], transactions: [], users: [] };

/** From when on a load looks for objects no run has taken. The earlier of two times: clocks can jump back. */
export const searchStart = ({ committed, now }: KindContext): Date => {
  const since = committed.searchFrom ?? committed.committedAt;
  return since === null ? now : new Date(Math.min(now.getTime(), Date.parse(since)));
};

/** The first partition such a search looks at. */
export const windowStartOf = (since: Date, { settings }: RunConfig): string => addDays(dateOf(since), -settings.lookbackDays);

/** The input of a run that takes no objects: the next load searches as if it had not been. */
export const inputWithoutObjects = (context: KindContext): KindInput => {
  const since = searchStart(context);
  return { objects: NO_OBJECTS, takenKey: context.committed.takenKey, windowStart: windowStartOf(since, context.config), searchFrom: since.toISOString() };
};

import { QueryFailedError } from '../lake/index.ts';
import { afterFailure, NO_BACKOFF, type Backoff } from './backoff.ts';
import { blame } from './blame.ts';
import { commitRun, type RunSummary } from './commit.ts';
import { countHeld, heldOf, reportOf, withHeld, type FindingReport, type HeldReport } from './held.ts';
import type { HeldLake } from './lock.ts';
import { renewLease, RunLostError } from './lock.ts';
import { failedSubject } from './notice.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { recordStep } from './record.ts';
import type { HeldObjects, RunInput } from './run-files.ts';
import { SOURCE_NAMES, type SourceName } from './sources.ts';
import { contextOf } from './step.ts';
import { endStatements, restoreTables } from './undo.ts';

export interface AbortRequest {
  runId: string;
  /** Name and cause of the error, as Step Functions' Catch gives them. */
  error: string;
  cause: string;
}

export interface AbortSummary {
  /** Of the notification. */
  subject: string;
  runId: string;
  status: 'failed';
  error: string;
  cause: string;
  /** What the audit found; empty where the run failed otherwise. */
  findings: FindingReport[];
  /** Tables that were moved back. */
  restored: string[];
  /** Why gold.run_audit could not be written; null where it was. */
  unrecorded: string | null;
  /** What this failure holds back until a person releases it. */
  held: HeldReport[];
  /** Objects held back by it; 0: the next run takes them again. */
  heldObjects: number;
}

/**
 * Ends a run that failed: every table goes back to the last commit, and what is to blame is held back, since the next run
 * would only fail as well; after any other failure the next run takes the objects again.
 * A run that no longer holds the lake changes nothing: its successor has undone it already. One that has committed, with only the
 * answer lost, has not failed: its summary is that of the commit.
 */
export const abortRun = async (ports: RunPorts, config: RunConfig, request: AbortRequest): Promise<AbortSummary | RunSummary> => {
  const { runId, error } = request;
  const cause = messageOf(request.cause);
  const failed = { runId, status: 'failed', error, cause } as const;
  const item = await stillHeld(ports, config, runId);
  if (!item && (await ports.lakeItem.read())?.committed.runId === runId) return commitRun(ports, config, runId);
  if (!item) return { ...failed, subject: failedSubject(runId, error, []), findings: [], restored: [], unrecorded: null, held: [], heldObjects: 0 };
  const input = await ports.files.input(runId);
  const statements = await endStatements(ports, runId);
  const tables = await ports.snapshots.current();
  const backoff = backoffAfter(item.committed.backoff, input);
  const { findings, held } = await blame(ports, config, input, { error, cause, statements, tables, failures: backoff.failures });
  const restored = await restoreTables(ports, runId, item.committed.tables);
  const takenKey = held.length === 0 ? item.committed.takenKey : await holdBack(ports, input, held);
  const unrecorded = await record(ports, config, input, held);
  await close(ports, await renewLease(ports, config, runId), { takenKey, backoff });
  const reason = findings.length === 0 ? error : [...new Set(findings.map(({ rule }) => rule))].join(', ');
  return { ...failed, subject: failedSubject(runId, reason, held), findings, restored, unrecorded, held: held.map(reportOf), heldObjects: countHeld(held) };
};

/** The item, held for another lease: what follows may wait for statements. undefined where a successor has taken the lake. */
const stillHeld = async (ports: RunPorts, config: RunConfig, runId: string): Promise<HeldLake | undefined> => {
  try {
    return await renewLease(ports, config, runId);
  } catch (error) {
    if (error instanceof RunLostError) return undefined;
    throw error;
  }
};

/** @returns why the run's rows could not be written to gold.run_audit: the lake must be free again all the same; null where they were */
const record = async (ports: RunPorts, config: RunConfig, input: RunInput, held: readonly HeldObjects[]): Promise<string | null> => {
  const heldObjects = Object.fromEntries(SOURCE_NAMES.map((source) => [source, heldOf({ held: [...held] }, source)])) as Record<SourceName, number>;
  try {
    for (const { statement, parameters } of await recordStep(contextOf(ports, config, input), { status: 'failed', heldObjects })) {
      await ports.queries.run(await ports.statements.render(statement, parameters));
    }
    return null;
  } catch (error) {
    if (error instanceof QueryFailedError) return error.message;
    throw error;
  }
};

/** A Lambda's error arrives as JSON with errorMessage, an integration's as text. */
const messageOf = (cause: string): string => {
  const message = /"errorMessage"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(cause)?.[1];
  return message === undefined ? cause : (JSON.parse(message) as string);
};

/** Only loads that took objects can take fewer. */
const backoffAfter = (backoff: Backoff = NO_BACKOFF, { kind, objects }: RunInput): Backoff => {
  const size = Math.max(...SOURCE_NAMES.map((source) => objects[source].length));
  return kind === 'load' && size > 0 ? afterFailure(backoff, size) : backoff;
};

const holdBack = async (ports: RunPorts, input: RunInput, held: readonly HeldObjects[]): Promise<string> => {
  const before = await ports.files.taken(input.takenKey);
  return ports.files.putTaken(`${input.runId}-held`, { taken: before.taken, held: withHeld(before.held, held) });
};

const close = async (ports: RunPorts, item: HeldLake, ending: { takenKey: string | null; backoff: Backoff }): Promise<void> => {
  await ports.lakeItem.write(item, { fence: item.fence, committed: { ...item.committed, ...ending }, open: null });
};

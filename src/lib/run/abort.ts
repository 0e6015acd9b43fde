import { QueryFailedError } from '../lake/index.ts';
import { heldEntry } from './commit.ts';
import type { HeldLake } from './lock.ts';
import { renewLease, RunLostError } from './lock.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { recordStep } from './record.ts';
import { AUDIT_RULE } from './run-request.ts';
import type { HeldObjects, RunInput } from './run-files.ts';
import { SOURCE_NAMES } from './sources.ts';
import { contextOf } from './step.ts';
import { endStatements, restoreTables } from './undo.ts';

export interface AbortRequest {
  runId: string;
  /** Name and cause of the error, as Step Functions' Catch gives them. */
  error: string;
  cause: string;
}

export interface AbortSummary {
  runId: string;
  status: 'failed';
  error: string;
  cause: string;
  /** Tables that were moved back. */
  restored: string[];
  /** Why gold.run_audit could not be written; null where it was. */
  unrecorded: string | null;
  /** Objects held back until a person releases them; 0: the next run takes them again. */
  heldObjects: number;
}

/**
 * Ends a run that failed: every table goes back to the last commit. Where the audit refused it, its objects are held back,
 * since the next run would only fail as well; after any other failure the next run takes them again.
 * A run that no longer holds the lake changes nothing: its successor has undone it already.
 */
export const abortRun = async (ports: RunPorts, config: RunConfig, request: AbortRequest): Promise<AbortSummary> => {
  const summary: AbortSummary = { runId: request.runId, status: 'failed', error: request.error, cause: messageOf(request.cause), restored: [], unrecorded: null, heldObjects: 0 };
  const item = await stillHeld(ports, config, request.runId);
  if (!item) return summary;
  const input = await ports.files.input(request.runId);
  await endStatements(ports, request.runId);
  const restored = await restoreTables(ports, request.runId, item.committed.tables);
  const held = request.error === 'AuditFailedError' ? heldObjects(input, summary.cause) : [];
  const takenKey = held.length === 0 ? item.committed.takenKey : await holdBack(ports, input, held);
  const unrecorded = await record(ports, config, input);
  await close(ports, await renewLease(ports, config, request.runId), takenKey, input);
  return { ...summary, restored, unrecorded, heldObjects: held.reduce((sum, { objects }) => sum + objects.length, 0) };
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
const record = async (ports: RunPorts, config: RunConfig, input: RunInput): Promise<string | null> => {
  try {
    for (const { statement, parameters } of await recordStep(contextOf(ports, config, input), [], 'failed')) await ports.queries.run(await ports.statements.render(statement, parameters));
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

const heldObjects = (input: RunInput, figure: string): HeldObjects[] =>
  SOURCE_NAMES.filter((source) => input.objects[source].length > 0).map((source) => heldEntry(source, [{ rule: AUDIT_RULE, figure }], input, input.objects[source]));

const holdBack = async (ports: RunPorts, input: RunInput, held: readonly HeldObjects[]): Promise<string> => {
  const before = await ports.files.taken(input.takenKey);
  const isHeldNow = new Set(held.flatMap(({ objects }) => objects));
  const stillHeld = before.held.map((entry) => ({ ...entry, objects: entry.objects.filter((uri) => !isHeldNow.has(uri)) })).filter(({ objects }) => objects.length > 0);
  return ports.files.putTaken(`${input.runId}-held`, { taken: before.taken, held: [...stillHeld, ...held] });
};

/** The next run's rows must be later than this one's, which a snapshot still in the log may hold. */
const close = async (ports: RunPorts, item: HeldLake, takenKey: string | null, input: RunInput): Promise<void> => {
  await ports.lakeItem.write(item, { fence: item.fence, committed: { ...item.committed, takenKey, processingTimestamp: input.processingTimestamp }, open: null });
};

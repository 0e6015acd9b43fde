import { endStatements } from './begin.ts';
import { heldEntry } from './commit.ts';
import type { LakeItem } from './lake-item.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import { recordStep } from './record.ts';
import type { HeldObjects, RunInput } from './run-files.ts';
import { SOURCE_NAMES } from './sources.ts';
import { contextOf } from './step.ts';

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
  /** Objects held back until a person releases them; 0: the next run takes them again. */
  heldObjects: number;
}

/** The rule under which objects are held whose run the audit refused. */
export const AUDIT_RULE = 'audit';

/**
 * Ends a run that failed: every table goes back to the last commit. Where the audit refused it, its objects are held back,
 * since the next run would only fail as well; after any other failure the next run takes them again.
 * A run that no longer holds the lake changes nothing: its successor has undone it already.
 */
export const abortRun = async (ports: RunPorts, config: RunConfig, request: AbortRequest): Promise<AbortSummary> => {
  const summary: AbortSummary = { runId: request.runId, status: 'failed', error: request.error, cause: messageOf(request.cause), restored: [], heldObjects: 0 };
  const item = await ports.lakeItem.read();
  if (!item?.open || item.open.runId !== request.runId) return summary;
  const input = await ports.files.input(request.runId);
  await endStatements(ports, request.runId);
  const restored = await ports.snapshots.restore(item.committed.tables);
  for (const step of await recordStep(contextOf(ports, config, input), [], 'failed')) await ports.queries.run(await ports.statements.render(step.statement, step.parameters));
  const held = request.error === 'AuditFailedError' ? heldObjects(input, summary.cause) : [];
  const takenKey = held.length === 0 ? item.committed.takenKey : await holdBack(ports, input, held);
  await close(ports, item, takenKey, input);
  return { ...summary, restored, heldObjects: held.reduce((sum, { objects }) => sum + objects.length, 0) };
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
  return ports.files.putTaken(`${input.runId}-held`, { taken: before.taken, held: [...before.held, ...held] });
};

/** The next run's rows must be later than this one's, which a snapshot still in the log may hold. */
const close = async (ports: RunPorts, item: LakeItem, takenKey: string | null, input: RunInput): Promise<void> => {
  await ports.lakeItem.write(item, { fence: item.fence, committed: { ...item.committed, takenKey, processingTimestamp: input.processingTimestamp }, open: null });
};

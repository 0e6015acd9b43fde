import { setTimeout as sleep } from 'node:timers/promises';
import { createObjects, type Objects } from '../../../src/lib/aws/index.ts';
import { checkPatch, createDecision, PatchError, putDecision, sendReplays, type Decision, type DecisionAction } from '../../../src/lib/quarantine/index.ts';
import { CliError, usageError } from '../../cli-error.ts';
import type { CommandContext } from '../../command-context.ts';
import type { Connection } from '../../pipeline/connection.ts';
import { consentFor } from '../../pipeline/consent.ts';
import type { ConsentOptions } from '../../pipeline/consent.ts';
import { withConnection } from '../../pipeline/open-connection.ts';
import { commandOf } from '../../pipeline/target.ts';
import { runWorkflow } from '../../pipeline/run-workflow.ts';
import type { WorkflowReport } from '../../pipeline/run-workflow.ts';
import { plural } from '../../output/format.ts';
import { renderPlan } from '../../output/render-quarantine.ts';
import { workflowFailureOf } from '../../output/render-turn.ts';
import { createStepLine } from '../../output/steps.ts';
import { publishEvents } from '../../publish/events.ts';
import { planDecision } from '../../reports/quarantine-plan.ts';
import type { DecisionPlan } from '../../reports/quarantine-plan.ts';
import { countDecided } from '../../reports/quarantine-records.ts';
import type { QuarantineFilter } from '../../reports/quarantine-records.ts';

export interface DecideOptions extends Omit<QuarantineFilter, 'status'>, ConsentOptions {
  patch?: string;
  limit: number;
  note?: string;
  json?: boolean;
}

/**
 * `floe quarantine replay` and `discard`: chooses open records, writes the decision down, sends those to be replayed, then marks the
 * rows by a run of the workflow. A crash on the way leaves them open, and the same command again is harmless: a record sent twice is
 * never a new version.
 */
export const decide = async (action: DecisionAction, options: DecideOptions, context: CommandContext): Promise<void> => {
  checkOptions(options);
  await withConnection(options, context, async (connection) => {
    const askConsent = consentFor(options, connection, context);
    const objects = createObjects(connection.clients.s3, connection.names.lakeBucket);
    const plan = await planDecision({ action, filter: filterOf(options), limit: options.limit, patch: options.patch ?? null, now: context.now() }, connection.lake, objects);
    const { terminal } = context;
    if (options.json !== true) terminal.print(renderPlan(plan, terminal));
    if (plan.settled.length > 0) await askConsent(`${plural(plan.settled.length, 'quarantined record')} ${action === 'replay' ? 'sent once more' : 'discarded'}`);
    const decision = options.dryRun === true || plan.settled.length === 0 ? undefined : await carryOut(plan, options, connection, objects, context);
    const marked = decision === undefined ? 0 : await countDecided(connection.lake, decision.id);
    if (options.json === true) terminal.print(JSON.stringify(reportOf(plan, decision, marked), null, 2));
    else terminal.print(conclusionOf(plan, decision, marked, commandOf(options, context.environment)));
    const left = plan.refused.length + (decision === undefined ? 0 : plan.settled.length - marked);
    if (left > 0) throw new CliError(`${plural(left, 'record')} ${left === 1 ? 'stays' : 'stay'} open`);
  });
};

const checkOptions = ({ source, reason, since, until, hash, patch }: DecideOptions): void => {
  if ([source, reason, since, until, hash].every((choice) => choice === undefined)) throw usageError('say which records: --source, --reason, --since, --until or --hash');
  try {
    if (patch !== undefined) checkPatch(patch);
  } catch (error) {
    if (error instanceof PatchError) throw usageError(`--patch: ${error.message}`);
    throw error;
  }
};

const filterOf = ({ source, reason, since, until, hash }: DecideOptions): QuarantineFilter => {
  const given = Object.entries({ source, reason, since, until, hash }).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(given) as QuarantineFilter), status: 'open' };
};

const carryOut = async (plan: DecisionPlan, options: DecideOptions, connection: Connection, objects: Objects, context: CommandContext): Promise<Decision> => {
  const { note = null, patch = null, limit } = options;
  const rows = plan.settled.map(({ record, replay }) => ({
    recordHash: record.recordHash,
    sourceSystem: record.sourceSystem,
    seenCount: record.seenCount,
    firstSeenDate: record.firstSeenAt.slice(0, 10),
    replayedAs: replay === null || replay.recordHash === record.recordHash ? null : replay.recordHash,
  }));
  const decision = createDecision({ action: plan.action, note, patch, selection: { ...filterOf(options), limit }, rows }, context.now());
  const key = await putDecision(objects, decision);
  await sendReplays({ objects, putEvents: (records) => putEvents(connection, records, context.signal) }, decision, plan.settled.flatMap(({ replay }) => replay ?? []));
  const failure = workflowFailureOf(await mark(connection, key, context));
  if (failure !== undefined) throw new CliError(`${plan.action === 'replay' ? 'the records were sent, but are not marked' : 'the records are not marked'}: ${failure}; they stay open, and the same command again is harmless`);
  return decision;
};

const putEvents = async ({ clients, names }: Connection, records: readonly Buffer[], signal: AbortSignal): Promise<void> => {
  const inputs = records.map((bytes, at) => ({ file: 'quarantine', line: at + 1, size: bytes.length, bytes }));
  await publishEvents({ kinesis: clients.kinesis, stream: names.eventStream, records: inputs, signal });
};

const MILLISECONDS_BETWEEN_TRIES = 2_000;
/** Longer than the workflow may take. */
const MOST_TRIES = 3_600;

/** Runs the workflow on the decision; where another run is in progress, once that has ended. */
const mark = async (connection: Connection, decision: string, { terminal, signal }: CommandContext): Promise<WorkflowReport> => {
  const line = createStepLine(terminal);
  try {
    for (let tries = 1; ; tries += 1) {
      const workflow = await runWorkflow(connection, { onStep: (step) => line.show(step), signal, input: { kind: 'quarantine', decision } });
      if (workflow.error !== 'RunInProgressError' || tries === MOST_TRIES) return workflow;
      line.show('another run is in progress: waiting for its end');
      await sleep(MILLISECONDS_BETWEEN_TRIES, undefined, { signal });
    }
  } finally {
    line.clear();
  }
};

const reportOf = ({ action, matching, settled, refused }: DecisionPlan, decision: Decision | undefined, marked: number) => ({
  action,
  decision: decision?.id ?? null,
  matching,
  records: settled.map(({ record: { recordHash, sourceSystem, reasons }, replay }) => ({ recordHash, sourceSystem, reasons, sentAs: replay?.recordHash ?? null })),
  refused: refused.map(({ record: { recordHash, sourceSystem }, reasons }) => ({ recordHash, sourceSystem, reasons })),
  marked,
});

const conclusionOf = ({ action, settled, matching, refused }: DecisionPlan, decision: Decision | undefined, marked: number, floe: string): string => {
  if (matching === 0) return 'nothing to do: no open record matches';
  if (settled.length === 0) return 'nothing has been sent';
  if (decision === undefined) return 'Nothing has been changed; without --dry-run it will be.';
  const again = settled.length - marked;
  const left = matching - settled.length - refused.length;
  return [
    `${plural(marked, 'record')} ${action === 'replay' ? 'replayed' : 'discarded'}; decision ${decision.id}`,
    ...(action === 'replay' ? [`The next run takes in what was sent: ${floe} run`] : []),
    ...(again > 0 ? [`${plural(again, 'record')} came again meanwhile, or ${again === 1 ? 'was' : 'were'} settled by another decision`] : []),
    ...(left > 0 ? [`${plural(left, 'record')} more ${left === 1 ? 'matches' : 'match'}: the same command again, or a greater --limit`] : []),
  ].join('\n');
};

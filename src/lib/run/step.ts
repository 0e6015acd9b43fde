import { createHash } from 'node:crypto';
import { renewLease } from './lock.ts';
import { phaseOf } from './phases/index.ts';
import type { Phase, PhaseContext } from './phases/phase.ts';
import type { RunConfig, RunPorts } from './ports.ts';
import type { Progress, RunInput, Step } from './run-files.ts';

export interface StepRequest {
  runId: string;
  phase: string;
  /** The step to run; all before it have ended. */
  step: number;
  /** Which try of it: 0 for the first. */
  attempt: number;
  /** Athena's id of the step before, where there was one. */
  queryExecutionId: string | null;
}

/** What the workflow does next. */
export type StepAnswer = { done: true } | { done: false; step: number; statement: string; sql: string; token: string; retrySeconds: number };

/**
 * Takes in the end of a phase's last statement and renders the next one. Asking twice for one step gives the same answer.
 * @throws RunLostError where another run has taken the lake
 */
export const nextStep = async (ports: RunPorts, config: RunConfig, request: StepRequest): Promise<StepAnswer> => {
  await renewLease(ports, config, request.runId);
  const input = await ports.files.input(request.runId);
  const progress = await upTo(ports, config, input, request);
  const step = progress.steps[request.step];
  return step === undefined ? { done: true } : send(ports, request, step);
};

/** The phase's progress with every step before the requested one taken in, and written down. */
const upTo = async (ports: RunPorts, config: RunConfig, input: RunInput, request: StepRequest): Promise<Progress<unknown>> => {
  const phase = phaseOf(request.phase);
  const context = contextOf(ports, config, input);
  return ports.files.updateProgress(request.runId, request.phase, async (known) => {
    if (!known) return { ...(await phase.start(context)), taken: 0, bytesScanned: 0 };
    if (request.step <= known.taken || request.queryExecutionId === null) return known;
    const step = known.steps[known.taken];
    if (step === undefined || request.step !== known.taken + 1) throw new Error(`${request.phase}: step ${request.step} was asked for after ${known.taken} steps`);
    return takeIn(ports, phase, context, known, step, request.queryExecutionId);
  });
};

export const contextOf = (ports: RunPorts, config: RunConfig, input: RunInput): PhaseContext => ({
  input,
  config,
  factsOf: (phase) => ports.files.progress(input.runId, phase),
  now: ports.clock(),
});

const takeIn = async (ports: RunPorts, phase: Phase<unknown>, context: PhaseContext, known: Progress<unknown>, step: Step, id: string): Promise<Progress<unknown>> => {
  const next: Progress<unknown> = { ...known, taken: known.taken + 1, bytesScanned: known.bytesScanned + (await ports.queries.bytesScanned(id)) };
  if (step.hasResult !== true) return next;
  const { steps, facts } = await phase.advance(context, known, step, await ports.queries.rows(id));
  return { ...next, steps: [...known.steps, ...steps], facts };
};

const send = async (ports: RunPorts, request: StepRequest, step: Step): Promise<StepAnswer> => {
  const sql = await ports.statements.render(step.statement, { ...step.parameters, attempt: { kind: 'integer', value: String(request.attempt) } });
  const token = tokenOf(request);
  // The text is on record before it is sent: a run that takes over finds the query by it.
  await ports.files.putStatement(request.runId, { phase: request.phase, step: request.step, attempt: request.attempt, sql, token });
  return { done: false, step: request.step, statement: step.statement, sql, token, retrySeconds: retrySeconds(request) };
};

/** 32 to 128 characters, the same for the same try of the same step: Athena then starts it once. */
const tokenOf = ({ runId, phase, step, attempt }: StepRequest): string => createHash('sha256').update([runId, phase, step, attempt].join('\0')).digest('hex');

/** Seconds to wait should this try fail: 1, 2, 4, 8, … and up to as much again, so that two writers do not meet again. */
const retrySeconds = (request: StepRequest): number => {
  const base = 2 ** Math.min(request.attempt, 5);
  const jitter = Number.parseInt(tokenOf(request).slice(0, 8), 16) / 0xffffffff;
  return Math.ceil(base + jitter * base);
};

import { beginRun, RunInProgressError, type BeginRequest, type RunStart } from './begin.ts';
import type { RunConfig, RunPorts } from './ports.ts';

/** Another run holds the lake. */
export interface Busy {
  /** Which, and how long its lease lasts, in words. */
  reason: string;
  /** Is the execution to ask again? Else it ends. */
  waits: boolean;
}

/** `busy` null: the run has begun. */
export type BeginAnswer = (RunStart & { busy: null }) | { busy: Busy };

/** An hour later the next scheduled run would wait as well. */
const LONGEST_WAIT_MILLIS = 50 * 60_000;

/**
 * Begins a run, or tells that another one is at work: two runs that meet are no failure, and must not count as an error of the function.
 * @param request with when the execution was started (ISO 8601, UTC): it waits for the lake up to 50 minutes from then, if it was asked to
 */
export const beginUnlessBusy = async (ports: RunPorts, config: RunConfig, request: BeginRequest & { startedAt: string }): Promise<BeginAnswer> => {
  try {
    return { ...(await beginRun(ports, config, request)), busy: null };
  } catch (error) {
    if (!(error instanceof RunInProgressError)) throw error;
    const waited = ports.clock().getTime() - Date.parse(request.startedAt);
    return { busy: { reason: error.message, waits: request.ifBusy === 'wait' && waited < LONGEST_WAIT_MILLIS } };
  }
};

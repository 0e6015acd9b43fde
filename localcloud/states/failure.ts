/**
 * An error as a state reports it: caught and retried by its name, as the States Language defines
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html).
 */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly error: string;
  readonly causeText: string;

  constructor(error: string, causeText: string, options?: ErrorOptions) {
    super(`${error}: ${causeText}`, options);
    this.error = error;
    this.causeText = causeText;
  }
}

/** The execution was stopped from outside, or its branch by a failed neighbour. Nothing catches it. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** Errors that end an execution whatever its Catch says: States.ALL does not match them. */
const TERMINAL = new Set(['States.Runtime', 'States.DataLimitExceeded']);

/** Whether an ErrorEquals list takes an error. States.TaskFailed stands for all errors of a task but a timeout. */
export const matchesError = (errorEquals: readonly string[], error: string): boolean =>
  errorEquals.some((name) => {
    if (name === error) return true;
    if (TERMINAL.has(error)) return false;
    if (name === 'States.Timeout') return error === 'States.HeartbeatTimeout'; // a missed heartbeat is a timeout too
    return name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout' && error !== 'States.HeartbeatTimeout');
  });

/**
 * A cause has no more characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html. What Step
 * Functions does with a longer one AWS does not say; here it is cut.
 */
const LONGEST_CAUSE = 32_768;

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
    this.causeText = causeText.slice(0, LONGEST_CAUSE);
  }
}

/** A path, template, function or rule of the definition could not be applied to the data. Its text lacks the state yet: `located` adds it. */
export class EvaluationFailure extends StateFailure {}

/** The error with the state it arose in, in AWS's words. Other errors, and those that have it already, stay as they are. */
export const located = (error: unknown, state: string, enteredEvent: number): unknown =>
  error instanceof EvaluationFailure ? new StateFailure(error.error, `An error occurred while executing the state '${state}' (entered at the event id #${enteredEvent}). ${error.causeText}`, { cause: error }) : error;

/** The execution was stopped from outside, or its branch by a failed neighbour. Nothing catches it. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/**
 * Whether an ErrorEquals list takes an error. States.TaskFailed stands for all errors of a task but a timeout. Nothing takes
 * States.Runtime, not even its name; States.DataLimitExceeded is taken by its name only.
 */
export const matchesError = (errorEquals: readonly string[], error: string): boolean => {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === error) return true;
    if (error === 'States.DataLimitExceeded') return false;
    if (name === 'States.Timeout') return error === 'States.HeartbeatTimeout'; // a missed heartbeat is a timeout too
    return name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout' && error !== 'States.HeartbeatTimeout');
  });
};

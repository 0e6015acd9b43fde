/** The States Language's JSONPath form, as far as it is interpreted. */
export interface StateGroup {
  StartAt: string;
  States: Record<string, State>;
}

export interface StateMachineDefinition extends StateGroup {
  Comment?: string;
  TimeoutSeconds?: number;
}

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  ErrorEquals: string[];
  ResultPath?: string | null;
  Next: string;
}

interface Common {
  Comment?: string;
  InputPath?: string | null;
  OutputPath?: string | null;
}

interface Follows {
  Next?: string;
  End?: boolean;
}

interface Results {
  ResultPath?: string | null;
  ResultSelector?: Record<string, unknown>;
}

interface Handles {
  Retry?: Retrier[];
  Catch?: Catcher[];
}

export interface TaskState extends Common, Follows, Results, Handles {
  Type: 'Task';
  Resource: string;
  Parameters?: unknown;
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  HeartbeatSeconds?: number;
  HeartbeatSecondsPath?: string;
}

export interface ParallelState extends Common, Follows, Results, Handles {
  Type: 'Parallel';
  Branches: StateGroup[];
  Parameters?: unknown;
}

export interface MapState extends Common, Follows, Results, Handles {
  Type: 'Map';
  ItemsPath?: string;
  MaxConcurrency?: number;
  MaxConcurrencyPath?: string;
  ItemProcessor?: StateGroup & { ProcessorConfig?: { Mode?: string } };
  Iterator?: StateGroup;
  ItemSelector?: unknown;
  Parameters?: unknown;
}

export interface PassState extends Common, Follows {
  Type: 'Pass';
  Result?: unknown;
  ResultPath?: string | null;
  Parameters?: unknown;
}

export interface WaitState extends Common, Follows {
  Type: 'Wait';
  Seconds?: number;
  SecondsPath?: string;
  Timestamp?: string;
  TimestampPath?: string;
}

export interface ChoiceState extends Common {
  Type: 'Choice';
  Choices: ChoiceRule[];
  Default?: string;
}

/** A comparison, or And / Or / Not of some; the outermost carries Next. */
export type ChoiceRule = Readonly<Record<string, unknown>> & { Next?: string };

export interface SucceedState extends Common {
  Type: 'Succeed';
}

export interface FailState {
  Type: 'Fail';
  Comment?: string;
  Error?: string;
  ErrorPath?: string;
  Cause?: string;
  CausePath?: string;
}

export type State = TaskState | ParallelState | MapState | PassState | WaitState | ChoiceState | SucceedState | FailState;

/** The group of states a Map runs for each item. */
export const itemProcessorOf = (state: MapState): StateGroup => {
  const group = state.ItemProcessor ?? state.Iterator;
  if (!group) throw new Error('a Map state has neither ItemProcessor nor Iterator');
  return group;
};

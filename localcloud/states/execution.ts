import type { StateMachineDefinition } from './definition.ts';
import { Aborted, StateFailure } from './failure.ts';
import { History } from './history.ts';
import type { HistoryEvent, Trail } from './history.ts';
import { Interpreter } from './interpreter.ts';
import type { InterpreterPorts } from './interpreter.ts';
import type { Progress } from './progress.ts';
import { afterSeconds, linkedSignal } from './timing.ts';
import type { ExecutionOutcome } from './types.ts';

export interface ExecutionSettings {
  executionArn: string;
  name: string;
  stateMachineArn: string;
  stateMachineName: string;
  roleArn: string;
  definition: StateMachineDefinition;
  input: unknown;
  startTime: Date;
  /** Where an execution that ended without success goes on. */
  redrive?: Redrive;
}

export interface Redrive {
  /** Which redrive this is, from 1. */
  count: number;
  date: Date;
  events: HistoryEvent[];
  progress: Progress;
}

type StopReason = { status: 'ABORTED'; error?: string; cause?: string } | { status: 'TIMED_OUT' };

/** One execution of a state machine, from its start to its end. */
export class Execution {
  private readonly settings: ExecutionSettings;
  private readonly ports: InterpreterPorts;
  private readonly history: History;
  private readonly stopper = linkedSignal();
  private stopReason: StopReason | undefined;
  /** How far it has come. */
  readonly progress: Progress;
  /** Resolves when the execution has ended, however it did. Rejects on a defect only. */
  readonly ended: Promise<ExecutionOutcome>;

  constructor(settings: ExecutionSettings, ports: InterpreterPorts) {
    this.settings = settings;
    this.ports = ports;
    this.history = new History(ports.clock, settings.redrive?.events);
    this.progress = settings.redrive?.progress ?? {};
    this.ended = this.run();
  }

  get events(): readonly HistoryEvent[] {
    return this.history.events;
  }

  /** Ends the execution as ABORTED; queries it waits for are stopped. */
  stop(error?: string, cause?: string): void {
    this.end({ status: 'ABORTED', ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
  }

  private end(reason: StopReason): void {
    this.stopReason ??= reason;
    this.stopper.abort();
  }

  private async run(): Promise<ExecutionOutcome> {
    const { settings, history } = this;
    const trail: Trail = { last: history.events.length };
    const cancelTimeout = afterSeconds(settings.definition.TimeoutSeconds, () => this.end({ status: 'TIMED_OUT' }));
    if (settings.redrive) history.add(trail, 'ExecutionRedriven', { redriveCount: settings.redrive.count });
    else history.add(trail, 'ExecutionStarted', { input: JSON.stringify(settings.input), inputDetails: { truncated: false }, roleArn: settings.roleArn });
    try {
      await Promise.resolve(); // whoever started it has its ARN before the first state runs
      const output = await new Interpreter(this.ports, history).runGroup(settings.definition, settings.input, { context: this.context(), trail, signal: this.stopper.signal, progress: this.progress });
      history.add(trail, 'ExecutionSucceeded', { output: JSON.stringify(output), outputDetails: { truncated: false } });
      return { executionArn: settings.executionArn, status: 'SUCCEEDED', output };
    } catch (failure) {
      const outcome = this.outcomeOf(failure);
      const { error, cause } = outcome;
      const type = { ABORTED: 'ExecutionAborted', TIMED_OUT: 'ExecutionTimedOut' }[outcome.status as string] ?? 'ExecutionFailed';
      history.add({ last: history.events.length }, type, { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
      return outcome;
    } finally {
      cancelTimeout();
    }
  }

  private outcomeOf(failure: unknown): ExecutionOutcome {
    const { executionArn } = this.settings;
    const reason = this.stopReason;
    if (failure instanceof Aborted && reason) {
      return reason.status === 'TIMED_OUT' ? { executionArn, status: 'TIMED_OUT', error: 'States.Timeout', cause: 'The execution did not end within its TimeoutSeconds' } : { executionArn, ...reason };
    }
    if (failure instanceof StateFailure) return { executionArn, status: 'FAILED', ...(failure.error === '' ? {} : { error: failure.error }), ...(failure.causeText === '' ? {} : { cause: failure.causeText }) };
    // A defect of a task's machinery: the execution ends as it would in AWS, with what is known of it.
    return { executionArn, status: 'FAILED', error: 'States.Runtime', cause: failure instanceof Error ? failure.message : String(failure) };
  }

  private context(): Readonly<Record<string, unknown>> {
    const { executionArn, name, input, roleArn, stateMachineArn, stateMachineName, startTime, redrive } = this.settings;
    const redriven = redrive ? { RedriveCount: redrive.count, RedriveTime: redrive.date.toISOString() } : { RedriveCount: 0 };
    return {
      Execution: { Id: executionArn, Name: name, Input: input, RoleArn: roleArn, StartTime: startTime.toISOString(), ...redriven },
      StateMachine: { Id: stateMachineArn, Name: stateMachineName },
    };
  }
}

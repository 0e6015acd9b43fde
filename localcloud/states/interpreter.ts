import type { Clock } from '../core/service.ts';
import { choose } from './choice.ts';
import { itemProcessorOf } from './definition.ts';
import type { FailState, MapState, ParallelState, PassState, State, StateGroup, TaskState, WaitState } from './definition.ts';
import { Aborted, EvaluationFailure, located, StateFailure } from './failure.ts';
import { countAt, countOf, momentAt, textAt } from './fields.ts';
import type { History, Trail } from './history.ts';
import { evaluateTemplate } from './intrinsics.ts';
import { filterPath, placeResult, readPath } from './json-path.ts';
import type { PathScope } from './json-path.ts';
import type { Progress } from './progress.ts';
import { catching, withRetries } from './retry.ts';
import { TaskEvents } from './task-events.ts';
import { runTask, waitsForToken } from './tasks.ts';
import type { TaskPorts } from './tasks.ts';
import { linkedSignal, withHeartbeat, withTimeout } from './timing.ts';

export interface InterpreterPorts {
  clock: Clock;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
  region: string;
  tasks: TaskPorts;
}

/** What a branch of an execution carries along. */
export interface Branch {
  /** The context object, `$$`. */
  context: Readonly<Record<string, unknown>>;
  trail: Trail;
  signal: AbortSignal;
  /** How far it has come; written as it goes on. */
  progress: Progress;
}

/** Where a state leads: its output, and the state after it (undefined: the end). */
interface Step {
  output: unknown;
  next: string | undefined;
}

const MAX_PAYLOAD_BYTES = 256 * 1024;
/** Step Functions runs at most about 40 iterations of an inline Map at once. */
const MAX_INLINE_CONCURRENCY = 40;

const checkSize = (name: string, value: unknown): void => {
  if (Buffer.byteLength(JSON.stringify(value)) <= MAX_PAYLOAD_BYTES) return;
  throw new StateFailure('States.DataLimitExceeded', `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`);
};

/** Runs the states of one execution. */
export class Interpreter {
  private readonly ports: InterpreterPorts;
  private readonly history: History;

  constructor(ports: InterpreterPorts, history: History) {
    this.ports = ports;
    this.history = history;
  }

  /** Runs a group from its first state, or from where its progress says, to an end; resolves with its output. Throws StateFailure, or Aborted. */
  async runGroup(group: StateGroup, input: unknown, branch: Branch): Promise<unknown> {
    const { progress } = branch;
    progress.at ??= { name: group.StartAt, input };
    for (;;) {
      if (branch.signal.aborted) throw new Aborted();
      const { name, input: value } = progress.at;
      const state: State | undefined = Object.hasOwn(group.States, name) ? group.States[name] : undefined;
      if (!state) throw new StateFailure('States.Runtime', `There is no state ${name}`);
      const { output, next }: Step = await this.runState(name, state, value, branch);
      delete progress.branches;
      if (next === undefined) {
        progress.output = { value: output };
        return output;
      }
      progress.at = { name: next, input: output };
    }
  }

  private async runState(name: string, state: State, input: unknown, branch: Branch): Promise<Step> {
    const { time, event } = this.enter(name, state, input, branch);
    const inner: Branch = { ...branch, context: { ...branch.context, State: { Name: name, EnteredTime: time, RetryCount: 0 } } };
    try {
      if (state.Type === 'Fail') throw failureOf(state, { input, context: inner.context });
      const step = await this.step(name, state, input, inner, event);
      checkSize(name, step.output);
      this.history.exited(branch.trail, state.Type, name, step.output);
      return step;
    } catch (error) {
      if (error instanceof Aborted && CAN_BE_ABORTED.has(state.Type)) this.history.add(branch.trail, `${state.Type}StateAborted`);
      throw located(error, name, event);
    }
  }

  /** A state that an earlier attempt of the execution entered is not entered again. */
  private enter(name: string, state: State, input: unknown, { progress, trail }: Branch): { time: string; event: number } {
    const entered = progress.at?.entered;
    if (entered) return entered;
    this.history.entered(trail, state.Type, name, input);
    const now = { time: this.ports.clock().toISOString(), event: trail.last };
    progress.at = { name, input, entered: now };
    return now;
  }

  private async step(name: string, state: Exclude<State, { Type: 'Fail' }>, input: unknown, branch: Branch, enteredEvent: number): Promise<Step> {
    const scope: PathScope = { input: filterPath(state.InputPath, { input, context: branch.context }, 'InputPath'), context: branch.context };
    const leave = (result: unknown): unknown => filterPath(state.OutputPath, { input: result, context: branch.context }, 'OutputPath');
    switch (state.Type) {
      case 'Succeed':
        return { output: leave(scope.input), next: undefined };
      case 'Choice':
        return { output: leave(scope.input), next: choose(state, scope) };
      case 'Pass':
        return { output: leave(placeResult(state.ResultPath, input, passResult(state, scope))), next: nextOf(state) };
      case 'Wait':
        await this.wait(state, scope, branch.signal);
        return { output: leave(scope.input), next: nextOf(state) };
      case 'Task':
      case 'Parallel':
      case 'Map':
        return catching(state, input, async () => {
          try {
            const result = await withRetries(state.Retry ?? [], this.ports, branch, async (attempt) => this.attempt(name, state, input, attempt));
            const selected = state.ResultSelector === undefined ? result : evaluateTemplate(state.ResultSelector, { input: result, context: branch.context });
            const output = leave(placeResult(state.ResultPath, input, selected));
            checkSize(name, output);
            return { output, next: nextOf(state) };
          } catch (error) {
            throw located(error, name, enteredEvent);
          }
        });
    }
  }

  private async attempt(name: string, state: TaskState | ParallelState | MapState, input: unknown, branch: Branch): Promise<unknown> {
    const scope: PathScope = { input: filterPath(state.InputPath, { input, context: branch.context }, 'InputPath'), context: branch.context };
    if (state.Type === 'Task') return this.task(name, state, scope, branch);
    return state.Type === 'Parallel' ? this.parallel(state, scope, branch) : this.map(name, state, scope, branch);
  }

  private async wait(state: WaitState, scope: PathScope, signal: AbortSignal): Promise<void> {
    const until = state.TimestampPath === undefined ? Date.parse(state.Timestamp ?? '') : momentAt(state.TimestampPath, scope);
    const seconds = countOf('SecondsPath', state.SecondsPath, state.Seconds, scope);
    const milliseconds = seconds === undefined ? until - this.ports.clock().getTime() : seconds * 1000;
    if (milliseconds > 0) await this.ports.sleep(milliseconds, signal);
  }

  // --- Task -----------------------------------------------------------------------------------------------------------

  private async task(name: string, state: TaskState, scope: PathScope, branch: Branch): Promise<unknown> {
    const waiting = waitsForToken(state.Resource) ? this.ports.tasks.tokens.issue() : undefined;
    const events = new TaskEvents(this.history, branch.trail, state.Resource);
    try {
      const inner: PathScope = waiting ? { ...scope, context: { ...branch.context, Task: { Token: waiting.token } } } : scope;
      const parameters = state.Parameters === undefined ? scope.input : evaluateTemplate(state.Parameters, inner);
      checkSize(name, parameters);
      const timeout = countOf('TimeoutSecondsPath', state.TimeoutSecondsPath, state.TimeoutSeconds, scope);
      const heartbeat = countOf('HeartbeatSecondsPath', state.HeartbeatSecondsPath, state.HeartbeatSeconds, scope);
      events.started(parameters, this.ports.region, timeout, heartbeat);
      const result = await withTimeout(timeout, branch.signal, async (signal) => {
        const submitted = (answer: unknown): void => (signal.aborted ? undefined : events.submitted(answer));
        const answered = await runTask(state.Resource, parameters, this.ports.tasks, signal, submitted);
        if (!waiting) return answered;
        submitted(answered);
        return withHeartbeat(heartbeat, waiting, signal);
      });
      checkSize(name, result);
      events.succeeded(result);
      return result;
    } catch (error) {
      // What could not be evaluated was never scheduled.
      if (error instanceof StateFailure && !(error instanceof EvaluationFailure)) events.failed(error);
      throw error;
    } finally {
      waiting?.close();
    }
  }

  // --- Parallel and Map -----------------------------------------------------------------------------------------------

  private async parallel(state: ParallelState, scope: PathScope, branch: Branch): Promise<unknown> {
    const input = state.Parameters === undefined ? scope.input : evaluateTemplate(state.Parameters, scope);
    if (!branch.progress.branches) this.history.add(branch.trail, 'ParallelStateStarted');
    const runs = state.Branches.map((group) => (inner: Branch) => this.runGroup(group, structuredClone(input), inner));
    return this.sideBySide('ParallelState', runs, runs.length, branch);
  }

  private async map(name: string, state: MapState, scope: PathScope, branch: Branch): Promise<unknown> {
    const path = state.ItemsPath ?? '$';
    const items = readPath(path, scope, 'ItemsPath');
    if (!Array.isArray(items)) throw new EvaluationFailure('States.Runtime', `Reference path "${path}" must point to array.`);
    const limit = state.MaxConcurrencyPath === undefined ? (state.MaxConcurrency ?? 0) : countAt('MaxConcurrencyPath', state.MaxConcurrencyPath, scope);
    if (!branch.progress.branches) this.history.add(branch.trail, 'MapStateStarted', { length: items.length });
    const runs = items.map((value: unknown, index) => async (outer: Branch) => {
      const context = { ...outer.context, Map: { Item: { Index: index, Value: value } } };
      return this.iterate(name, state, { input: scope.input, context }, { index, value }, { ...outer, context });
    });
    return this.sideBySide('MapState', runs, Math.min(limit === 0 ? MAX_INLINE_CONCURRENCY : limit, MAX_INLINE_CONCURRENCY), branch);
  }

  private async iterate(name: string, state: MapState, scope: PathScope, { index, value }: { index: number; value: unknown }, branch: Branch): Promise<unknown> {
    const tell = (what: string): void => this.history.add(branch.trail, `MapIteration${what}`, { name, index });
    const selector = state.ItemSelector ?? state.Parameters;
    const input = selector === undefined ? value : evaluateTemplate(selector, scope);
    if (!branch.progress.at) tell('Started');
    try {
      const output = await this.runGroup(itemProcessorOf(state), structuredClone(input), branch);
      tell('Succeeded');
      return output;
    } catch (error) {
      tell(error instanceof Aborted ? 'Aborted' : 'Failed');
      throw error;
    }
  }

  /**
   * Runs branches, at most `limit` at once; the first failure ends the others, and is thrown once all have ended. Those that ended
   * in an earlier attempt of the execution are not run again.
   */
  private async sideBySide(kind: 'ParallelState' | 'MapState', runs: readonly ((branch: Branch) => Promise<unknown>)[], limit: number, branch: Branch): Promise<unknown[]> {
    const { signal, abort } = linkedSignal(branch.signal);
    const branches = (branch.progress.branches ??= runs.map(() => ({})));
    const failures: unknown[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < runs.length && !signal.aborted; index = next++) {
        const progress = branches[index];
        if (!progress || progress.output) continue;
        const trail: Trail = { last: branch.trail.last };
        try {
          await runs[index]?.({ ...branch, signal, trail, progress });
        } catch (error) {
          failures.push(error);
          abort();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(limit, runs.length) }, worker));
    if (branch.signal.aborted) throw new Aborted();
    if (failures.length > 0) {
      this.history.add(branch.trail, `${kind}Failed`);
      throw failures[0];
    }
    this.history.add(branch.trail, `${kind}Succeeded`);
    return branches.map((progress) => progress.output?.value);
  }
}

/** States that take time, so that they can be given up. */
const CAN_BE_ABORTED = new Set(['Task', 'Wait', 'Parallel', 'Map']);

const failureOf = (state: FailState, scope: PathScope): StateFailure =>
  new StateFailure(
    state.ErrorPath === undefined ? (state.Error ?? '') : textAt('ErrorPath', state.ErrorPath, scope),
    state.CausePath === undefined ? (state.Cause ?? '') : textAt('CausePath', state.CausePath, scope),
  );

const nextOf = (state: { Next?: string }): string | undefined => state.Next;

const passResult = (state: PassState, scope: PathScope): unknown => {
  if (state.Parameters !== undefined) return evaluateTemplate(state.Parameters, scope);
  return state.Result === undefined ? scope.input : state.Result;
};

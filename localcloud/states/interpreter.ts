import type { Clock } from '../core/service.ts';
import { choose } from './choice.ts';
import { itemProcessorOf } from './definition.ts';
import type { MapState, ParallelState, PassState, State, StateGroup, TaskState, WaitState } from './definition.ts';
import { Aborted, StateFailure } from './failure.ts';
import type { History, Trail } from './history.ts';
import { evaluateTemplate } from './intrinsics.ts';
import { filterPath, placeResult, readPath } from './json-path.ts';
import type { PathScope } from './json-path.ts';
import { catching, withRetries } from './retry.ts';
import { describeResource, runTask, waitsForToken } from './tasks.ts';
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
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new StateFailure('States.DataLimitExceeded', `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit (${bytes} of ${MAX_PAYLOAD_BYTES}).`);
  }
};

/** Runs the states of one execution. */
export class Interpreter {
  private readonly ports: InterpreterPorts;
  private readonly history: History;

  constructor(ports: InterpreterPorts, history: History) {
    this.ports = ports;
    this.history = history;
  }

  /** Runs a group from its first state to an end; resolves with its output. Throws StateFailure, or Aborted. */
  async runGroup(group: StateGroup, input: unknown, branch: Branch): Promise<unknown> {
    let name: string | undefined = group.StartAt;
    let value = input;
    while (name !== undefined) {
      if (branch.signal.aborted) throw new Aborted();
      const state: State | undefined = group.States[name];
      if (!state) throw new StateFailure('States.Runtime', `There is no state ${name}`);
      const step: Step = await this.runState(name, state, value, branch);
      value = step.output;
      name = step.next;
    }
    return value;
  }

  private async runState(name: string, state: State, input: unknown, branch: Branch): Promise<Step> {
    const { history } = this;
    const inner: Branch = { ...branch, context: { ...branch.context, State: { Name: name, EnteredTime: this.ports.clock().toISOString(), RetryCount: 0 } } };
    history.entered(branch.trail, state.Type, name, input);
    if (state.Type === 'Fail') {
      const scope = { input, context: inner.context };
      throw new StateFailure(
        state.ErrorPath === undefined ? (state.Error ?? '') : String(readPath(state.ErrorPath, scope)),
        state.CausePath === undefined ? (state.Cause ?? '') : String(readPath(state.CausePath, scope)),
      );
    }
    const step = await this.step(name, state, input, inner);
    checkSize(name, step.output);
    history.exited(branch.trail, state.Type, name, step.output);
    return step;
  }

  private async step(name: string, state: Exclude<State, { Type: 'Fail' }>, input: unknown, branch: Branch): Promise<Step> {
    const scope: PathScope = { input: filterPath(state.InputPath, { input, context: branch.context }), context: branch.context };
    const leave = (result: unknown): unknown => filterPath(state.OutputPath, { input: result, context: branch.context });
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
          const result = await withRetries(state.Retry ?? [], this.ports, branch, async (attempt) => this.attempt(name, state, input, attempt));
          const selected = state.ResultSelector === undefined ? result : evaluateTemplate(state.ResultSelector, { input: result, context: branch.context });
          return { output: leave(placeResult(state.ResultPath, input, selected)), next: nextOf(state) };
        });
    }
  }

  private async attempt(name: string, state: TaskState | ParallelState | MapState, input: unknown, branch: Branch): Promise<unknown> {
    const scope: PathScope = { input: filterPath(state.InputPath, { input, context: branch.context }), context: branch.context };
    if (state.Type === 'Task') return this.task(name, state, scope, branch);
    return state.Type === 'Parallel' ? this.parallel(state, scope, branch) : this.map(name, state, scope, branch);
  }

  private async wait(state: WaitState, scope: PathScope, signal: AbortSignal): Promise<void> {
    const seconds = state.SecondsPath === undefined ? state.Seconds : readPath(state.SecondsPath, scope);
    const until = state.TimestampPath === undefined ? state.Timestamp : readPath(state.TimestampPath, scope);
    const milliseconds = seconds === undefined ? Date.parse(String(until)) - this.ports.clock().getTime() : Number(seconds) * 1000;
    if (Number.isNaN(milliseconds)) throw new StateFailure('States.Runtime', `Wait: neither seconds nor a timestamp: ${JSON.stringify(seconds ?? until)}`);
    if (milliseconds > 0) await this.ports.sleep(milliseconds, signal);
  }

  // --- Task -----------------------------------------------------------------------------------------------------------

  private async task(name: string, state: TaskState, scope: PathScope, branch: Branch): Promise<unknown> {
    const { history } = this;
    const about = describeResource(state.Resource);
    const waiting = waitsForToken(state.Resource) ? this.ports.tasks.tokens.issue() : undefined;
    const inner: PathScope = waiting ? { ...scope, context: { ...branch.context, Task: { Token: waiting.token } } } : scope;
    try {
      const parameters = state.Parameters === undefined ? scope.input : evaluateTemplate(state.Parameters, inner);
      checkSize(name, parameters);
      const timeout = secondsOf(state.TimeoutSecondsPath, state.TimeoutSeconds, scope);
      const heartbeat = secondsOf(state.HeartbeatSecondsPath, state.HeartbeatSeconds, scope);
      history.add(branch.trail, 'TaskScheduled', { ...about, region: this.ports.region, parameters: JSON.stringify(parameters), ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }), ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }) });
      history.add(branch.trail, 'TaskStarted', about);
      const result = await withTimeout(timeout, branch.signal, async (signal) => {
        const answered = await runTask(state.Resource, parameters, this.ports.tasks, signal);
        if (!waiting) return answered;
        history.add(branch.trail, 'TaskSubmitted', { ...about, output: JSON.stringify(answered), outputDetails: { truncated: false } });
        return withHeartbeat(heartbeat, waiting, signal);
      });
      checkSize(name, result);
      history.add(branch.trail, 'TaskSucceeded', { ...about, output: JSON.stringify(result), outputDetails: { truncated: false } });
      return result;
    } catch (error) {
      if (error instanceof StateFailure) history.add(branch.trail, /^States\.(Heartbeat)?Timeout$/.test(error.error) ? 'TaskTimedOut' : 'TaskFailed', { ...about, error: error.error, cause: error.causeText });
      throw error;
    } finally {
      waiting?.close();
    }
  }

  // --- Parallel and Map -----------------------------------------------------------------------------------------------

  private async parallel(state: ParallelState, scope: PathScope, branch: Branch): Promise<unknown> {
    const input = state.Parameters === undefined ? scope.input : evaluateTemplate(state.Parameters, scope);
    this.history.add(branch.trail, 'ParallelStateStarted');
    const runs = state.Branches.map((group) => (inner: Branch) => this.runGroup(group, structuredClone(input), inner));
    return this.sideBySide('ParallelState', runs, runs.length, branch);
  }

  private async map(name: string, state: MapState, scope: PathScope, branch: Branch): Promise<unknown> {
    const items = readPath(state.ItemsPath ?? '$', scope);
    if (!Array.isArray(items)) throw new StateFailure('States.Runtime', `Map: ${state.ItemsPath ?? '$'} is not an array`);
    const limit = state.MaxConcurrencyPath === undefined ? (state.MaxConcurrency ?? 0) : Number(readPath(state.MaxConcurrencyPath, scope));
    const selector = state.ItemSelector ?? state.Parameters;
    this.history.add(branch.trail, 'MapStateStarted', { length: items.length });
    const runs = items.map((item: unknown, index) => async (outer: Branch) => {
      const inner: Branch = { ...outer, context: { ...outer.context, Map: { Item: { Index: index, Value: item } } } };
      const input = selector === undefined ? item : evaluateTemplate(selector, { input: scope.input, context: inner.context });
      this.history.add(inner.trail, 'MapIterationStarted', { name, index });
      const output = await this.runGroup(itemProcessorOf(state), structuredClone(input), inner);
      this.history.add(inner.trail, 'MapIterationSucceeded', { name, index });
      return output;
    });
    return this.sideBySide('MapState', runs, limit === 0 ? MAX_INLINE_CONCURRENCY : limit, branch);
  }

  /** Runs branches, at most `limit` at once; the first failure ends the others, and is thrown once all have ended. */
  private async sideBySide(kind: 'ParallelState' | 'MapState', runs: readonly ((branch: Branch) => Promise<unknown>)[], limit: number, branch: Branch): Promise<unknown[]> {
    const { signal, abort } = linkedSignal(branch.signal);
    const outputs = new Array<unknown>(runs.length);
    const failures: unknown[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < runs.length && !signal.aborted; index = next++) {
        try {
          outputs[index] = await runs[index]?.({ ...branch, signal, trail: { last: branch.trail.last } });
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
    return outputs;
  }
}

/** A number of seconds from a path, or as it is written. */
const secondsOf = (path: string | undefined, written: number | undefined, scope: PathScope): number | undefined => (path === undefined ? written : Number(readPath(path, scope)));

const nextOf = (state: { Next?: string }): string | undefined => state.Next;

const passResult = (state: PassState, scope: PathScope): unknown => {
  if (state.Parameters !== undefined) return evaluateTemplate(state.Parameters, scope);
  return state.Result === undefined ? scope.input : state.Result;
};

import { randomUUID } from 'node:crypto';
import { AwsError } from '../core/errors.ts';
import { requiredText, optionalText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { JsonAction } from '../core/json-protocol.ts';
import { StateFailure } from './failure.ts';

/** A task that waits for somebody to answer with its token. */
export interface WaitingTask {
  token: string;
  /** Resolves with the answer; rejects with StateFailure as SendTaskFailure says. */
  answer: Promise<unknown>;
  /** Called at each heartbeat. */
  onHeartbeat: (() => void) | undefined;
  /** From now on the token is no longer waited for. */
  close(): void;
}

interface Entry {
  succeed: (output: unknown) => void;
  fail: (failure: StateFailure) => void;
  task: WaitingTask;
}

const MAX_OUTPUT_BYTES = 256 * 1024;
const PREFIX = 'local-task-token:';

/** Tokens of tasks that wait for a callback (`.waitForTaskToken`), and the actions by which they are answered. */
export class TaskTokens {
  readonly actions: Record<string, JsonAction> = {
    SendTaskSuccess: (input) => {
      const output = parseOutput(requiredText(input, 'output'));
      this.entry(input).succeed(output);
    },
    SendTaskFailure: (input) => {
      this.entry(input).fail(new StateFailure(optionalText(input, 'error') ?? '', optionalText(input, 'cause') ?? ''));
    },
    SendTaskHeartbeat: (input) => {
      this.entry(input).task.onHeartbeat?.();
    },
  };
  private readonly waiting = new Map<string, Entry>();

  issue(): WaitingTask {
    const token = Buffer.from(`${PREFIX}${randomUUID()}`).toString('base64');
    const { promise, resolve, reject } = deferred();
    promise.catch(() => undefined); // a task that has ended meanwhile asks no more
    const task: WaitingTask = { token, answer: promise, onHeartbeat: undefined, close: () => void this.waiting.delete(token) };
    this.waiting.set(token, { succeed: resolve, fail: reject, task });
    return task;
  }

  /** Throws InvalidToken for what is no token, TaskTimedOut for one that nobody waits for any more. */
  private entry(input: JsonObject): Entry {
    const token = requiredText(input, 'taskToken');
    if (!Buffer.from(token, 'base64').toString('utf8').startsWith(PREFIX)) throw new AwsError('InvalidToken', `Invalid Token: 'Invalid token'`);
    const entry = this.waiting.get(token);
    if (!entry) throw new AwsError('TaskTimedOut', `Task Timed Out: 'Provided task does not exist anymore'`);
    return entry;
  }
}

const deferred = (): { promise: Promise<unknown>; resolve: (value: unknown) => void; reject: (reason: StateFailure) => void } => {
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (reason: StateFailure) => void = () => undefined;
  const promise = new Promise<unknown>((succeed, fail) => {
    resolve = succeed;
    reject = fail;
  });
  return { promise, resolve, reject };
};

const parseOutput = (text: string): unknown => {
  if (Buffer.byteLength(text) > MAX_OUTPUT_BYTES) throw new AwsError('InvalidOutput', `Invalid Output: 'Output exceeds ${MAX_OUTPUT_BYTES} bytes'`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(cause as Error).message}'`, { cause });
  }
};

import { AwsError } from '../core/errors.ts';
import { JsonFile } from '../core/files.ts';
import { isObject, optionalNumber, optionalText } from '../core/json-input.ts';
import type { JsonObject } from '../core/json-input.ts';
import type { Clock } from '../core/service.ts';
import { checkDestination } from './destinations.ts';

/** How a function's asynchronous events are retried, and where what became of them goes. */
export interface EventInvokeConfig {
  maximumRetryAttempts: number;
  maximumEventAgeSeconds: number;
  onSuccess?: string;
  onFailure?: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
}

const DEFAULTS = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** Put-, Update-, Get- and DeleteFunctionEventInvokeConfig, of `$LATEST`. */
export class EventInvokeConfigs {
  private readonly file: JsonFile<Record<string, EventInvokeConfig>>;
  private readonly clock: Clock;

  constructor(file: string, clock: Clock) {
    this.file = new JsonFile<Record<string, EventInvokeConfig>>(file, {});
    this.clock = clock;
  }

  /** As it is set, or the defaults. */
  of(functionName: string): Omit<EventInvokeConfig, 'modifiedAt'> {
    return this.file.get()[functionName] ?? DEFAULTS;
  }

  /** A request of a method on a function's config; undefined answers an empty body. Throws AwsError. */
  answer(method: string, functionName: string, functionArn: string, input: JsonObject): unknown {
    const existing = this.file.get()[functionName];
    if (method !== 'PUT' && !existing) throw new AwsError('ResourceNotFoundException', `The function ${functionArn} doesn't have an EventInvokeConfig`, { status: 404 });
    if (method === 'DELETE') {
      this.file.update((draft) => Reflect.deleteProperty(draft, functionName));
      return undefined;
    }
    if (method === 'GET' && existing) return describe(functionArn, existing);
    const config = readConfig(input, method === 'POST' && existing ? existing : { ...DEFAULTS }, this.clock().getTime());
    this.file.update((draft) => (draft[functionName] = config));
    return describe(functionArn, config);
  }
}

const describe = (functionArn: string, config: EventInvokeConfig): unknown => ({
  FunctionArn: `${functionArn}:$LATEST`,
  LastModified: config.modifiedAt / 1000,
  MaximumRetryAttempts: config.maximumRetryAttempts,
  MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
  DestinationConfig: {
    OnSuccess: config.onSuccess === undefined ? {} : { Destination: config.onSuccess },
    OnFailure: config.onFailure === undefined ? {} : { Destination: config.onFailure },
  },
});

const within = (input: JsonObject, name: string, min: number, max: number, fallback: number): number => {
  const value = optionalNumber(input, name) ?? fallback;
  if (!Number.isInteger(value) || value < min || value > max) throw new AwsError('InvalidParameterValueException', `${name} must be between ${min} and ${max}`);
  return value;
};

const readConfig = (input: JsonObject, base: Omit<EventInvokeConfig, 'modifiedAt'>, modifiedAt: number): EventInvokeConfig => {
  const given = isObject(input.DestinationConfig) ? input.DestinationConfig : undefined;
  const destination = (when: 'OnSuccess' | 'OnFailure'): string | undefined => (given && isObject(given[when]) ? optionalText(given[when], 'Destination') : undefined);
  const [onSuccess, onFailure] = given ? [destination('OnSuccess'), destination('OnFailure')] : [base.onSuccess, base.onFailure];
  if (onSuccess !== undefined) checkDestination(onSuccess, ['sqs', 'sns', 'lambda']);
  if (onFailure !== undefined) checkDestination(onFailure, ['sqs', 'sns', 'lambda', 's3']);
  return {
    maximumRetryAttempts: within(input, 'MaximumRetryAttempts', 0, 2, base.maximumRetryAttempts),
    maximumEventAgeSeconds: within(input, 'MaximumEventAgeInSeconds', 60, 21_600, base.maximumEventAgeSeconds),
    ...(onSuccess === undefined ? {} : { onSuccess }),
    ...(onFailure === undefined ? {} : { onFailure }),
    modifiedAt,
  };
};

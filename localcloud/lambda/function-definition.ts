/** The context object Lambda hands a Node.js handler (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). */
export interface FunctionContext {
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  /** Milliseconds left until the function's time is up; never negative. */
  getRemainingTimeInMillis(): number;
}

/** A function that runs in this process. Its event and its answer go through JSON, as on AWS. */
export interface FunctionDefinition {
  name: string;
  handler: (event: unknown, context: FunctionContext) => Promise<unknown>;
  timeoutSeconds: number;
  /** Default 128. Told to the function and to GetFunctionConfiguration; not enforced. */
  memoryMb?: number;
  /** Answered by GetFunctionConfiguration. The handler itself has been built with it: this cloud sets no process.env. */
  environment?: Readonly<Record<string, string>>;
  description?: string;
  /** Events run at the same time, default 1: an execution environment of AWS runs one event at a time, and module state relies on it. */
  concurrency?: number;
}

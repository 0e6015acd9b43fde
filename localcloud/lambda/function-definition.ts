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

export type FunctionHandler = (event: unknown, context: FunctionContext) => Promise<unknown>;

/** A function that runs in this process. Its event and its answer go through JSON, as on AWS. */
export interface FunctionDefinition {
  name: string;
  handler: FunctionHandler;
  /**
   * Makes one more handler with state of its own, as AWS starts one more execution environment while the others are busy.
   * Where given, up to ten events run at once, or as many as `concurrency` says.
   */
  newHandler?: () => FunctionHandler;
  timeoutSeconds: number;
  /** Default 128. Told to the function and to GetFunctionConfiguration; not enforced. */
  memoryMb?: number;
  /** Answered by GetFunctionConfiguration. The handler itself has been built with it: this cloud sets no process.env. */
  environment?: Readonly<Record<string, string>>;
  description?: string;
  /** Events run at the same time. Default 1 without `newHandler`: a handler runs one event at a time on AWS, and its state may rely on it. */
  concurrency?: number;
}

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CliError, reasonOf } from '../cli-error.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { clientConfigOf, createClients } from '../../src/lib/aws/index.ts';
import type { Clients } from '../../src/lib/aws/index.ts';
import { createQueries, QueryFailedError } from '../../src/lib/lake/index.ts';
import type { Queries, QueryResult } from '../../src/lib/lake/index.ts';
import { databasesIn, namesIn } from './names.ts';
import type { Databases, ResourceNames } from './names.ts';
import { findStack } from './stack.ts';
import type { Access, Stack } from './stack.ts';

/** What a function answered, or how it failed. */
export type FunctionAnswer = { ok: true; value: unknown } | { ok: false; reason: string };

/** A deployed pipeline as its user reaches it: AWS clients, whichever cloud answers them. */
export interface Connection {
  readonly stage: string;
  readonly stack: Stack;
  readonly names: ResourceNames;
  readonly clients: Clients;
  readonly lake: LakeReader;
  /** Calls a Lambda function and waits for its answer. */
  invoke(functionName: string, event: unknown): Promise<FunctionAnswer>;
  close(): void;
}

/**
 * Finds a stage's deployment by its stack.
 * @param signal aborted: queries under way are ended
 * @throws CliError where there is none; the SDK's own errors where nobody is signed in or no region is known
 */
export const connect = async (stage: string, access: Access = {}, signal?: AbortSignal): Promise<Connection> => {
  const { stack, config } = await findStack(stage, access);
  const [names, databases] = [namesIn(stack), databasesIn(stack)];
  const clients = createClients(config);
  const lambda = new LambdaClient(clientConfigOf(config, 'LAMBDA'));
  return {
    stage,
    stack,
    names,
    clients,
    lake: createLakeReader(clients, names.workgroup, databases, signal),
    async invoke(functionName, event) {
      const answer = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) }));
      const payload: unknown = answer.Payload === undefined || answer.Payload.length === 0 ? null : JSON.parse(Buffer.from(answer.Payload).toString('utf8'));
      if (answer.FunctionError === undefined) return { ok: true, value: payload };
      return { ok: false, reason: (payload as { errorMessage?: string } | null)?.errorMessage ?? answer.FunctionError };
    },
    close() {
      lambda.destroy();
      clients.destroy();
    },
  };
};

const createLakeReader = (clients: Clients, workgroup: string, databases: Databases, signal: AbortSignal | undefined): LakeReader => ({
  databases,
  async ask(sql, database = databases.gold) {
    const queries = createQueries(clients.athena, workgroup, database);
    try {
      const { queryExecutionId, columns, rows } = await runUntil(signal, queries, sql);
      return { columns, rows, bytesScanned: await queries.bytesScanned(queryExecutionId) };
    } catch (error) {
      // Athena's own reason is what the user needs; an API error (an empty statement, say) has one line as well.
      if (error instanceof QueryFailedError || isApiError(error)) throw new CliError(reasonOf(error), { cause: error });
      throw error;
    }
  },
});

/** Athena would go on, and bill, with nobody left to read the answer. */
const runUntil = async (signal: AbortSignal | undefined, queries: Queries, sql: string): Promise<QueryResult> => {
  if (signal === undefined) return queries.run(sql);
  signal.throwIfAborted();
  const token = randomUUID();
  const running = queries.run(sql, { token });
  const settled = new AbortController();
  const outcome = Promise.race([running.then(() => 'ended'), once(signal, 'abort', { signal: settled.signal }).then(() => 'aborted')]);
  if ((await outcome.finally(() => settled.abort())) === 'ended') return running;
  await queries.end(sql, token);
  throw signal.reason as Error;
};

const isApiError = (error: unknown): boolean => error instanceof Error && error.name === 'InvalidRequestException';

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CliError, reasonOf } from '../cli-error.ts';
import type { LakeReader } from '../reports/lake-reader.ts';
import { awsConfigOf, clientConfigOf, createClients } from '../../src/lib/aws/index.ts';
import type { Clients, Environment } from '../../src/lib/aws/index.ts';
import { createQueries, QueryFailedError } from '../../src/lib/lake/index.ts';
import { localRegion, namesOf } from './names.ts';
import type { ResourceNames } from './names.ts';

/** What a function answered, or how it failed. */
export type FunctionAnswer = { ok: true; value: unknown } | { ok: false; reason: string };

/** A deployed pipeline as its user reaches it: AWS clients against one endpoint, whichever process runs it. */
export interface Connection {
  readonly stage: string;
  readonly names: ResourceNames;
  readonly clients: Clients;
  readonly lake: LakeReader;
  /** Calls a Lambda function and waits for its answer. */
  invoke(functionName: string, event: unknown): Promise<FunctionAnswer>;
  close(): void;
}

/** @param environment AWS_ENDPOINT_URL (and AWS_ENDPOINT_URL_<SERVICE>), AWS_REGION and credentials, as in a shell. */
export const connect = (environment: Environment, stage: string): Connection => {
  const config = awsConfigOf(environment);
  const clients = createClients(config);
  const lambda = new LambdaClient(clientConfigOf(config, 'LAMBDA'));
  const names = namesOf(stage, environment['AWS_REGION'] ?? localRegion);
  return {
    stage,
    names,
    clients,
    lake: createLakeReader(clients, names),
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

const createLakeReader = (clients: Clients, names: ResourceNames): LakeReader => ({
  async ask(sql, database = 'gold') {
    const queries = createQueries(clients.athena, names.workgroup, database);
    try {
      const { queryExecutionId, columns, rows } = await queries.run(sql);
      return { columns, rows, bytesScanned: await queries.bytesScanned(queryExecutionId) };
    } catch (error) {
      // Athena's own reason is what the user needs; an API error (an empty statement, say) has one line as well.
      if (error instanceof QueryFailedError || isApiError(error)) throw new CliError(reasonOf(error), { cause: error });
      throw error;
    }
  },
  close: async () => undefined,
});

const isApiError = (error: unknown): boolean => error instanceof Error && error.name === 'InvalidRequestException';
